#include "actors/access/setup_token.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "actors/access/secret.hpp"
#include "actors/model/ids.hpp"

namespace stellwerk {

namespace {

constexpr std::chrono::hours good_for{24};

bool write_private(const std::filesystem::path& file, std::string_view text) {
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
  auto out = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (out < 0) return false;
  auto whole = ::write(out, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  return ::close(out) == 0 && whole;
}

}  // namespace

bool setup_token::matches(std::string_view shown, wall_time now) const {
  return secret{std::string_view{digest}}.matches(sha256_hex(shown)) && now < until;
}

std::optional<setup_token> make_setup_token(const std::filesystem::path& file, wall_time now) {
  std::array<std::uint8_t, 32> random{};
  fill_random(random);
  secret token{to_base64url({reinterpret_cast<const char*>(random.data()), random.size()})};
  if (!write_private(file, std::string{token.reveal()} + '\n')) return {};
  return setup_token{file, sha256_hex(token.reveal()), now + good_for};
}

}  // namespace stellwerk
