#include "tests/durability/rough_disk.hpp"

#include <fstream>
#include <iterator>

namespace stellwerk {

namespace fs = std::filesystem;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

namespace {

constexpr std::uint64_t page = 4096;

std::optional<std::string> content(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  if (!in) return {};
  return std::string{std::istreambuf_iterator<char>{in}, {}};
}

}  // namespace

class rough_disk::file final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  file(rough_disk& disk, std::string path, std::unique_ptr<rocksdb::FSWritableFile> real)
      : FSWritableFileOwnerWrapper(std::move(real)), disk_(disk), path_(std::move(path)) {}

  using FSWritableFileOwnerWrapper::Append;
  IOStatus Append(const rocksdb::Slice& data, const IOOptions& o, IODebugContext* d) override {
    std::lock_guard alone{disk_.gate_};
    auto status = disk_.begin();
    auto done = status.ok() ? data : rocksdb::Slice{data.data(), data.size() / 2};
    auto real = FSWritableFileOwnerWrapper::Append(done, o, d);
    if (real.ok()) disk_.files_[path_].written += done.size();
    return status.ok() ? real : status;
  }
  IOStatus Append(
      const rocksdb::Slice& data, const IOOptions& o, const rocksdb::DataVerificationInfo&,
      IODebugContext* d
  ) override {
    return Append(data, o, d);
  }
  IOStatus Sync(const IOOptions&, IODebugContext*) override {
    std::lock_guard alone{disk_.gate_};
    if (auto status = disk_.begin(true); !status.ok()) return status;
    auto& known = disk_.files_[path_];
    if (!disk_.lies_) known.synced = known.written;
    return IOStatus::OK();  // the machine's own disk need not be asked
  }
  IOStatus Fsync(const IOOptions& o, IODebugContext* d) override { return Sync(o, d); }

 private:
  rough_disk& disk_;
  std::string path_;
};

class rough_disk::directory final : public rocksdb::FSDirectoryWrapper {
 public:
  directory(rough_disk& disk, std::string path, std::unique_ptr<rocksdb::FSDirectory> real)
      : FSDirectoryWrapper(std::move(real)), disk_(disk), path_(std::move(path)) {}

  IOStatus Fsync(const IOOptions&, IODebugContext*) override {
    std::lock_guard alone{disk_.gate_};
    if (auto status = disk_.begin(true); !status.ok()) return status;
    if (!disk_.lies_)
      std::erase_if(disk_.names_before_, [&](auto& one) {
        return fs::path{one.first}.parent_path() == fs::path{path_}.lexically_normal();
      });
    return IOStatus::OK();
  }
  IOStatus
  FsyncWithDirOptions(const IOOptions& o, IODebugContext* d, const rocksdb::DirFsyncOptions&)
      override {
    return Fsync(o, d);
  }

 private:
  rough_disk& disk_;
  std::string path_;
};

void rough_disk::lose_power(
    std::uint64_t operation, fs::path folder, fs::path image, std::function<void()> then
) {
  std::lock_guard alone{gate_};
  cut_at_ = operations_ + operation;
  folder_ = std::move(folder);
  image_ = std::move(image);
  then_ = std::move(then);
}

bool rough_disk::lost_power() const {
  std::lock_guard alone{gate_};
  return cut_at_ != 0 && operations_ >= cut_at_;
}

void rough_disk::lie() {
  std::lock_guard alone{gate_};
  lies_ = true;
}

void rough_disk::fail_sync(std::uint64_t n) {
  std::lock_guard alone{gate_};
  failing_sync_ = syncs_ + n;
}

bool rough_disk::failed_a_sync() const {
  std::lock_guard alone{gate_};
  return failing_sync_ != 0 && syncs_ >= failing_sync_;
}

void rough_disk::fail(double share) {
  std::lock_guard alone{gate_};
  share_ = share;
}

IOStatus rough_disk::begin(bool is_sync) {
  if (++operations_ == cut_at_) make_image();
  if (is_sync && ++syncs_ == failing_sync_) return IOStatus::IOError("planted");
  if (share_ == 0 || std::uniform_real_distribution{}(draw_) >= share_) return IOStatus::OK();
  return draw_() % 2 == 0 ? IOStatus::NoSpace("planted") : IOStatus::IOError("planted");
}

void rough_disk::make_image() {
  fs::create_directories(image_.parent_path());
  fs::copy(folder_, image_, fs::copy_options::recursive);
  auto copy_of = [&](const std::string& path) {
    return image_ / fs::path{path}.lexically_relative(folder_);
  };
  for (auto& [path, known] : files_)
    if (fs::exists(copy_of(path)) && known.synced < known.written) tear(copy_of(path), known);
  for (auto& [path, before] : names_before_) {
    if (draw_() % 2 == 0) continue;
    fs::remove(copy_of(path));
    if (before) std::ofstream{copy_of(path), std::ios::binary} << *before;
  }
  then_();
}

void rough_disk::tear(const fs::path& copied, const bytes& known) {
  auto loose = known.written - known.synced;
  switch (draw_() % 3) {
    case 0:
      return fs::resize_file(copied, known.synced);
    case 1:
      return fs::resize_file(copied, known.synced + draw_() % (loose + 1));
    default: {  // some pages of it never came to the disk: they hold nothing, or what was there
      std::fstream out{copied, std::ios::binary | std::ios::in | std::ios::out};
      for (auto from = known.synced; from < known.written;) {
        auto size = std::min(page - from % page, known.written - from);
        out.seekp(static_cast<std::streamoff>(from));
        if (draw_() % 3 == 0) out << std::string(size, draw_() % 2 == 0 ? '\0' : 'x');
        from += size;
      }
    }
  }
}

IOStatus rough_disk::NewWritableFile(
    const std::string& path, const rocksdb::FileOptions& options,
    std::unique_ptr<rocksdb::FSWritableFile>* made, IODebugContext* dbg
) {
  std::lock_guard alone{gate_};
  if (auto status = begin(); !status.ok()) return status;
  auto before = content(path);
  auto status = target()->NewWritableFile(path, options, made, dbg);
  if (!status.ok()) return status;
  names_before_.try_emplace(path, std::move(before));
  files_[path] = {};
  *made = std::make_unique<file>(*this, path, std::move(*made));
  return status;
}

IOStatus rough_disk::ReopenWritableFile(
    const std::string& path, const rocksdb::FileOptions& options,
    std::unique_ptr<rocksdb::FSWritableFile>* made, IODebugContext* dbg
) {
  std::lock_guard alone{gate_};
  if (auto status = begin(); !status.ok()) return status;
  auto status = target()->ReopenWritableFile(path, options, made, dbg);
  if (status.ok()) *made = std::make_unique<file>(*this, path, std::move(*made));
  return status;
}

IOStatus rough_disk::NewDirectory(
    const std::string& path, const IOOptions& options, std::unique_ptr<rocksdb::FSDirectory>* made,
    IODebugContext* dbg
) {
  auto status = target()->NewDirectory(path, options, made, dbg);
  if (status.ok()) *made = std::make_unique<directory>(*this, path, std::move(*made));
  return status;
}

IOStatus rough_disk::RenameFile(
    const std::string& from, const std::string& to, const IOOptions& options, IODebugContext* dbg
) {
  std::lock_guard alone{gate_};
  if (auto status = begin(); !status.ok()) return status;
  auto before = content(to);
  auto status = target()->RenameFile(from, to, options, dbg);
  if (!status.ok()) return status;
  names_before_.try_emplace(to, std::move(before));
  names_before_.erase(from);
  files_[to] = files_[from];
  files_.erase(from);
  return status;
}

IOStatus rough_disk::DeleteFile(
    const std::string& path, const IOOptions& options, IODebugContext* dbg
) {
  std::lock_guard alone{gate_};
  if (auto status = begin(); !status.ok()) return status;
  auto status = target()->DeleteFile(path, options, dbg);
  if (status.ok()) {
    files_.erase(path);
    names_before_.erase(path);
  }
  return status;
}

}  // namespace stellwerk
