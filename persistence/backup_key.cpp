#include "persistence/backup_key.hpp"

#include <algorithm>
#include <set>

#include "actors/model/error.hpp"
#include "actors/model/ids.hpp"
#include "persistence/private_file.hpp"

namespace stellwerk {

namespace {

constexpr std::size_t id_bytes = 8;
constexpr std::size_t kinds_min = 8;  // 32 random bytes have fewer once in 10^14

bool is_key(std::string_view text, key_256& into) {
  auto raw = from_hex(text);
  if (!raw) return false;
  auto fits = raw->size() == into.bytes.size();
  if (fits) std::ranges::copy(*raw, into.bytes.begin());
  OPENSSL_cleanse(raw->data(), raw->size());
  return fits && std::set<char>(text.begin(), text.end()).size() >= kinds_min;
}

std::string hex(std::string_view bytes) {
  return to_hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

}  // namespace

backup_key::backup_key(const key_256& secret)
    : id_(hex(hkdf_sha256(secret.view(), {}, "stellwerk backup id").view().substr(0, id_bytes))),
      names_(hkdf_sha256(secret.view(), {}, "stellwerk backup names")),
      data_(hkdf_sha256(secret.view(), {}, "stellwerk backup data")) {}

std::string backup_key::name_of(std::string_view sha256) const {
  return hex(hmac_sha256(names_.view(), sha256));
}

key_256 backup_key::stream_key(std::string_view salt, std::string_view what) const {
  return hkdf_sha256(data_.view(), salt, what);
}

caf::expected<backup_key_ptr> read_backup_key(const std::filesystem::path& file) {
  auto wrong = [&](const std::string& what) {
    return refuse(errc::invalid, file.string() + ": " + what);
  };
  std::string why;
  auto text = read_private_line(file, why);
  if (!text) return wrong(why);
  key_256 secret;
  auto good = is_key(*text, secret);
  OPENSSL_cleanse(text->data(), text->size());
  if (!good) return wrong("holds no key: make one by `openssl rand -hex 32`");
  return std::make_shared<const backup_key>(secret);
}

}  // namespace stellwerk
