#include "actors/access/setup_token.hpp"

#include <array>

#include "actors/access/secret.hpp"
#include "actors/model/ids.hpp"
#include "persistence/private_file.hpp"

namespace stellwerk {

namespace {

constexpr std::chrono::hours good_for{24};

}  // namespace

bool setup_token::matches(std::string_view shown, wall_time now) const {
  return secret{std::string_view{digest}}.matches(sha256_hex(shown)) && now < until;
}

std::optional<setup_token> make_setup_token(const std::filesystem::path& file, wall_time now) {
  std::array<std::uint8_t, 32> random{};
  fill_random(random);
  secret token{to_base64url({reinterpret_cast<const char*>(random.data()), random.size()})};
  if (!write_private_file(file, std::string{token.reveal()} + '\n')) return {};
  return setup_token{file, sha256_hex(token.reveal()), now + good_for};
}

}  // namespace stellwerk
