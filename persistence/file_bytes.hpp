#pragma once

#include <openssl/evp.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "persistence/sealed_stream.hpp"

/// Whole files a piece at a time, with the SHA-256 of what passed. Blocks.
namespace stellwerk {

/// SHA-256 of a sequence of pieces.
class digest {
 public:
  digest();
  void add(std::string_view piece);
  /// Hexadecimal; nothing is added afterwards.
  std::string text();

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

/// 64 lower-case hexadecimal digits.
bool is_digest(std::string_view text);

/// A file descriptor that closes itself.
class open_file {
 public:
  explicit open_file(int number = -1) : number_(number) {}
  open_file(open_file&& other) noexcept;
  open_file& operator=(open_file&& other) noexcept;
  ~open_file();
  int number() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }
  /// False if what was written may be lost.
  bool close();

 private:
  int number_;
};

/// How a file is encrypted: with which key and as what. Without a key it is not.
struct file_seal {
  backup_key_ptr key = {};
  std::string what = {};
};

/// Reads at most the first `size` bytes of a file, or of a text that stands for one.
class file_reader {
 public:
  static constexpr std::size_t piece_bytes = sealed_stream::chunk_bytes;

  /// A file that cannot be opened is told by the first `next`. An encrypted one is read as what is
  /// in it, `size` bytes.
  file_reader(const std::filesystem::path& file, std::uint64_t size, file_seal seal = {});
  explicit file_reader(std::string text);

  /// `piece_bytes`, or what is left. Empty view: all is read. Without a value: it cannot be read,
  /// is shorter than it should be, or is encrypted and not as it was written.
  std::optional<std::string_view> next();
  bool at_end() const { return left_ == 0; }
  /// Of all that `next` gave.
  std::string sha256() { return seen_.text(); }

 private:
  bool read(std::size_t bytes);
  bool read_piece();

  open_file file_;
  file_seal seal_;
  std::optional<sealed_stream> stream_;
  std::uint64_t number_ = 0;  // of the next chunk of it
  std::optional<std::string> text_;
  std::string piece_;
  std::uint64_t left_;
  digest seen_;
};

/// A new file, readable by its owner alone (0600); gone again unless it was kept.
class file_writer {
 public:
  explicit file_writer(std::filesystem::path file);
  file_writer(file_writer&& other) noexcept;
  file_writer& operator=(file_writer&&) = delete;
  ~file_writer();

  bool add(std::string_view piece);
  /// Synced and closed under the name `to`, what was there before replaced; the next to read it
  /// asks the disk. False if that failed.
  bool keep_as(const std::filesystem::path& to);
  /// Whether a step failed for want of room.
  bool full() const { return full_; }

 private:
  bool noted(bool done);

  std::filesystem::path path_;  // empty: kept, or moved from
  open_file file_;
  bool full_ = false;
};

/// Makes the entries of a folder durable.
bool sync_folder(const std::filesystem::path& folder);

/// Makes a folder, 0700. False if it is not there afterwards, or others may look into it.
bool make_private_folder(const std::filesystem::path& folder);

}  // namespace stellwerk
