#include "persistence/file_bytes.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <new>
#include <utility>

#include "actors/model/ids.hpp"
#include "monitoring/failpoint.hpp"

namespace stellwerk {

digest::digest() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
  if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1)
    throw std::bad_alloc();
}

void digest::add(std::string_view piece) {
  EVP_DigestUpdate(context_.get(), piece.data(), piece.size());
}

std::string digest::text() {
  std::array<std::uint8_t, 32> bytes{};
  EVP_DigestFinal_ex(context_.get(), bytes.data(), nullptr);
  return to_hex(bytes);
}

bool is_digest(std::string_view text) {
  return text.size() == 64 && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

open_file::open_file(open_file&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
open_file& open_file::operator=(open_file&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}
open_file::~open_file() { close(); }

bool open_file::close() {
  auto number = std::exchange(number_, -1);
  return number < 0 || ::close(number) == 0;
}

file_reader::file_reader(const std::filesystem::path& file, std::uint64_t size, file_seal seal)
    : file_(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)),
      seal_(std::move(seal)),
      left_(size) {}

file_reader::file_reader(std::string text) : text_(std::move(text)), left_(text_->size()) {}

bool file_reader::read(std::size_t bytes) {
  piece_.resize(bytes);
  if (text_) {
    piece_ = text_->substr(text_->size() - left_, bytes);
    return true;
  }
  for (std::size_t at = 0; at < bytes;) {
    auto got = ::read(file_.number(), piece_.data() + at, bytes - at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += static_cast<std::size_t>(got);
  }
  return true;
}

bool file_reader::read_piece() {
  auto bytes = std::min<std::uint64_t>(left_, piece_bytes);
  if (!read(bytes + (stream_ ? gcm_tag_bytes : 0))) return false;
  left_ -= bytes;
  if (stream_ && !stream_->open(number_++, left_ == 0, piece_)) return false;
  seen_.add(piece_);
  return true;
}

std::optional<std::string_view> file_reader::next() {
  if (!text_ && !file_) return {};
  auto begins = seal_.key && !stream_;
  if (begins) {
    if (!read(sealed_stream::head_bytes)) return {};
    stream_ = sealed_stream::from(*seal_.key, seal_.what, piece_);
    if (!stream_) return {};
  }
  if (left_ == 0 && !begins) return std::string_view{};
  if (!read_piece()) return {};
  return piece_;
}

file_writer::file_writer(std::filesystem::path file)
    : path_(std::move(file)),
      file_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)) {
  noted(file_.number() >= 0);
}

file_writer::file_writer(file_writer&& other) noexcept
    : path_(std::exchange(other.path_, {})), file_(std::move(other.file_)), full_(other.full_) {}

file_writer::~file_writer() {
  if (!path_.empty() && file_) ::unlink(path_.c_str());
}

bool file_writer::noted(bool done) {
  if (!done) full_ = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
  return done;
}

bool file_writer::add(std::string_view piece) {
  while (!piece.empty()) {
    auto put = ::write(file_.number(), piece.data(), piece.size());
    if (put < 0 && errno == EINTR) continue;
    if (!noted(put > 0)) return false;
    piece.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

bool file_writer::keep_as(const std::filesystem::path& to) {
  if (fails_at(failpoint::file_before_sync)) return false;
  if (!noted(::fsync(file_.number()) == 0)) return false;
  ::posix_fadvise(file_.number(), 0, 0, POSIX_FADV_DONTNEED);
  if (fails_at(failpoint::file_before_rename)) return false;
  if (!noted(std::rename(path_.c_str(), to.c_str()) == 0)) return false;
  path_.clear();
  if (fails_at(failpoint::file_after_rename)) return false;
  return noted(file_.close());
}

bool sync_folder(const std::filesystem::path& folder) {
  open_file opened{
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  return opened && ::fsync(opened.number()) == 0;
}

bool make_private_folder(const std::filesystem::path& folder) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return false;
  struct stat told {};
  return ::lstat(folder.c_str(), &told) == 0 && S_ISDIR(told.st_mode) &&
         (told.st_mode & 0077u) == 0;
}

}  // namespace stellwerk
