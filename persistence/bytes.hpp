#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace stellwerk {

/// Small integers in few bytes: seven bits each, least first, the high bit says that more follow.
class byte_writer {
 public:
  explicit byte_writer(std::string& out) : out_(out) {}

  void byte(std::uint8_t x) { out_ += static_cast<char>(x); }
  void varint(std::uint64_t x) {
    for (; x >= 0x80; x >>= 7u) byte(static_cast<std::uint8_t>(x | 0x80u));
    byte(static_cast<std::uint8_t>(x));
  }
  /// Zig-zag: small magnitudes of both signs stay small.
  void signed_varint(std::int64_t x) {
    varint((static_cast<std::uint64_t>(x) << 1u) ^ static_cast<std::uint64_t>(x >> 63));
  }
  void text(std::string_view x) {
    varint(x.size());
    out_ += x;
  }
  void raw(std::string_view x) { out_ += x; }

 private:
  std::string& out_;
};

/// The way back. After the first thing that does not fit, `good()` is false and all reads are 0.
class byte_reader {
 public:
  explicit byte_reader(std::string_view in) : in_(in) {}

  bool good() const { return good_; }
  bool at_end() const { return in_.empty(); }
  /// What was read fits nothing.
  void refuse() { fail(); }
  std::size_t left() const { return in_.size(); }
  std::uint8_t byte() {
    if (in_.empty()) return fail();
    auto x = static_cast<std::uint8_t>(in_.front());
    in_.remove_prefix(1);
    return x;
  }
  std::uint64_t varint() {
    std::uint64_t x = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      auto part = byte();
      if (!good_) return 0;
      if (shift == 63 && part > 1) return fail();
      x |= std::uint64_t{part & 0x7fu} << shift;
      if (part < 0x80) return x;
    }
    return fail();
  }
  std::int64_t signed_varint() {
    auto x = varint();
    return static_cast<std::int64_t>((x >> 1u) ^ (~(x & 1u) + 1u));
  }
  std::string_view text() { return raw(varint()); }
  std::string_view raw(std::uint64_t size) {
    if (!good_ || size > in_.size()) {
      fail();
      return {};
    }
    auto part = in_.substr(0, static_cast<std::size_t>(size));
    in_.remove_prefix(part.size());
    return part;
  }

 private:
  std::uint8_t fail() {
    good_ = false;
    in_ = {};
    return 0;
  }
  std::string_view in_;
  bool good_ = true;
};

}  // namespace stellwerk
