#include "persistence/sealed_disk.hpp"

#include <fcntl.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <mutex>

#include "persistence/file_bytes.hpp"

namespace stellwerk {

namespace {

namespace fs = std::filesystem;
using rocksdb::IOStatus;

constexpr std::uint64_t chunk_bytes = sealed_stream::chunk_bytes;
constexpr std::size_t cached_max = 16;

/// Chunks that were read last, of all files together. Any thread.
class chunk_cache {
 public:
  struct entry {
    std::uint64_t file;
    std::uint64_t number;
    std::string plain;
  };
  std::uint64_t new_file() {
    std::lock_guard alone{gate_};
    return ++files_;
  }
  /// `load` gives the chunk if it is not there. False: neither does it.
  template <class Load, class Use>
  bool with(std::uint64_t file, std::uint64_t number, Load&& load, Use&& use) {
    std::lock_guard alone{gate_};
    auto found = std::ranges::find_if(entries_, [&](auto& one) {
      return one.file == file && one.number == number;
    });
    if (found == entries_.end()) {
      entry loaded{file, number, {}};
      if (!load(loaded.plain)) return false;
      if (entries_.size() == cached_max) entries_.pop_back();
      entries_.push_front(std::move(loaded));
      found = entries_.begin();
    }
    use(found->plain);
    return true;
  }

 private:
  std::mutex gate_;
  std::deque<entry> entries_;
  std::uint64_t files_ = 0;
};

/// One encrypted file, read anywhere.
class sealed_source {
 public:
  /// Empty if it is none of this key's.
  static std::unique_ptr<sealed_source> open(
      chunk_cache& cache, const backup_key& key, const fs::path& file
  ) {
    auto made = std::make_unique<sealed_source>(cache);
    made->file_ = open_file{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
    std::error_code absent;
    auto size = sealed_stream::plain_size(fs::file_size(file, absent));
    std::string head(sealed_stream::head_bytes, '\0');
    if (!made->file_ || absent || !size || !made->read_raw(0, head)) return {};
    made->size_ = *size;
    made->stream_ = sealed_stream::from(key, sealed_file(file.filename().string()), head);
    return made->stream_ ? std::move(made) : nullptr;
  }
  explicit sealed_source(chunk_cache& cache) : cache_(cache), id_(cache.new_file()) {}

  /// Up to `size` bytes from `from` on.
  IOStatus read(std::uint64_t from, std::size_t size, rocksdb::Slice* result, char* to) const {
    auto end = std::min<std::uint64_t>(from + size, size_);
    std::size_t done = 0;
    while (from + done < end) {
      auto at = from + done;
      auto load = [&](std::string& plain) { return read_chunk(at / chunk_bytes, plain); };
      auto whole = cache_.with(id_, at / chunk_bytes, load, [&](const std::string& plain) {
        auto part = std::string_view{plain}.substr(at % chunk_bytes, end - at);
        std::memcpy(to + done, part.data(), part.size());
        done += part.size();
      });
      if (!whole) return IOStatus::Corruption("an encrypted file is not as it was written");
    }
    *result = rocksdb::Slice{to, done};
    return IOStatus::OK();
  }

 private:
  bool read_raw(std::uint64_t from, std::string& into) const {
    auto got = ::pread(file_.number(), into.data(), into.size(), static_cast<off_t>(from));
    return got == static_cast<ssize_t>(into.size());
  }
  bool read_chunk(std::uint64_t number, std::string& plain) const {
    auto from = number * chunk_bytes;
    plain.resize(std::min(chunk_bytes, size_ - from) + gcm_tag_bytes);
    auto last = number + 1 == sealed_stream::chunks_of(size_);
    return read_raw(sealed_stream::head_bytes + from + number * gcm_tag_bytes, plain) &&
           stream_->open(number, last, plain);
  }

  chunk_cache& cache_;
  std::uint64_t id_;
  open_file file_;
  std::uint64_t size_ = 0;
  std::optional<sealed_stream> stream_;
};

class random_file final : public rocksdb::FSRandomAccessFile {
 public:
  explicit random_file(std::unique_ptr<sealed_source> from) : from_(std::move(from)) {}
  IOStatus Read(
      std::uint64_t at, std::size_t size, [[maybe_unused]] const rocksdb::IOOptions& how,
      rocksdb::Slice* result, char* scratch, [[maybe_unused]] rocksdb::IODebugContext* told
  ) const override {
    return from_->read(at, size, result, scratch);
  }

 private:
  std::unique_ptr<sealed_source> from_;
};

class sequential_file final : public rocksdb::FSSequentialFile {
 public:
  explicit sequential_file(std::unique_ptr<sealed_source> from) : from_(std::move(from)) {}
  IOStatus Read(
      std::size_t size, [[maybe_unused]] const rocksdb::IOOptions& how, rocksdb::Slice* result,
      char* scratch, [[maybe_unused]] rocksdb::IODebugContext* told
  ) override {
    auto status = from_->read(at_, size, result, scratch);
    at_ += result->size();
    return status;
  }
  IOStatus Skip(std::uint64_t bytes) override {
    at_ += bytes;
    return IOStatus::OK();
  }

 private:
  std::unique_ptr<sealed_source> from_;
  std::uint64_t at_ = 0;
};

/// Which encrypted file is meant, by a link or by its name; empty for another file.
fs::path sealed_at(const fs::path& path) {
  std::error_code none;
  auto there = fs::is_symlink(path, none) ? fs::read_symlink(path, none) : path;
  return is_digest(there.filename().string()) ? there : fs::path{};
}

class disk final : public rocksdb::FileSystemWrapper {
 public:
  explicit disk(backup_key_ptr key)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), key_(std::move(key)) {}
  const char* Name() const override { return "stellwerk.sealed_disk"; }

  IOStatus NewSequentialFile(
      const std::string& path, const rocksdb::FileOptions& options,
      std::unique_ptr<rocksdb::FSSequentialFile>* file, rocksdb::IODebugContext* told
  ) override {
    auto there = sealed_at(path);
    if (there.empty()) return target()->NewSequentialFile(path, options, file, told);
    return open<sequential_file>(there, file);
  }
  IOStatus NewRandomAccessFile(
      const std::string& path, const rocksdb::FileOptions& options,
      std::unique_ptr<rocksdb::FSRandomAccessFile>* file, rocksdb::IODebugContext* told
  ) override {
    auto there = sealed_at(path);
    if (there.empty()) return target()->NewRandomAccessFile(path, options, file, told);
    return open<random_file>(there, file);
  }
  IOStatus GetFileSize(
      const std::string& path, const rocksdb::IOOptions& options, std::uint64_t* size,
      rocksdb::IODebugContext* told
  ) override {
    auto status = target()->GetFileSize(path, options, size, told);
    if (!status.ok() || sealed_at(path).empty()) return status;
    auto plain = sealed_stream::plain_size(*size);
    *size = plain.value_or(0);
    return plain ? status : IOStatus::Corruption("an encrypted file is cut");
  }

 private:
  template <class File, class Base>
  IOStatus open(const fs::path& there, std::unique_ptr<Base>* file) {
    auto from = sealed_source::open(cache_, *key_, there);
    if (!from) return IOStatus::Corruption("an encrypted file is missing or of another key");
    *file = std::make_unique<File>(std::move(from));
    return IOStatus::OK();
  }

  backup_key_ptr key_;
  chunk_cache cache_;
};

}  // namespace

std::unique_ptr<rocksdb::Env> sealed_disk(backup_key_ptr key) {
  return rocksdb::NewCompositeEnv(std::make_shared<disk>(std::move(key)));
}

}  // namespace stellwerk
