#include "actors/access/password_rule.hpp"

#include <algorithm>
#include <set>
#include <string>

#include "actors/access/common_words.hpp"
#include "actors/model/bounded.hpp"
#include "actors/model/codec.hpp"

namespace stellwerk {

namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (static_cast<unsigned char>(c) & 0x80u); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// `p@ssw0rd` → `password`.
std::string without_disguise(std::string text) {
  constexpr std::string_view signs = "@4301!$57";
  constexpr std::string_view letters = "aaeoiisst";
  for (auto& c : text)
    if (auto at = signs.find(c); at != signs.npos) c = letters[at];
  return text;
}

std::string_view inner_word(std::string_view text) {
  while (!text.empty() && !is_letter(text.front())) text.remove_prefix(1);
  while (!text.empty() && !is_letter(text.back())) text.remove_suffix(1);
  return text;
}

bool is_listed(std::string_view word) {
  return common_words.find(' ' + std::string{word} + ' ') != common_words.npos;
}

/// The word once or again and again: `testtest`.
bool is_common_word(std::string_view text) {
  if (is_listed(text)) return true;
  for (std::size_t size = 3; size * 2 <= text.size(); ++size) {
    if (text.size() % size != 0) continue;
    auto part = text.substr(0, size);
    auto same = true;
    for (auto at = size; at < text.size() && same; at += size) same = text.substr(at, size) == part;
    if (same && is_listed(part)) return true;
  }
  return false;
}

/// Made of walks of four or more along a row: `qwertz12345`, `abcdefgh`, `87654321`.
bool is_a_walk(std::string_view text) {
  if (text.empty()) return false;
  constexpr std::string_view rows[] = {
      "abcdefghijklmnopqrstuvwxyz",
      "01234567890",
      "qwertyuiop",
      "qwertzuiop",
      "asdfghjkl",
      "zxcvbnm",
      "yxcvbnm",
      "1q2w3e4r5t6y7u8i9o0p",
      "1qaz2wsx3edc4rfv5tgb6yhn7ujm"};
  auto longest_walk = [&](std::string_view rest) {
    std::size_t best = 0;
    for (auto row : rows)
      for (auto backwards : {false, true}) {
        std::string line{row};
        if (backwards) std::ranges::reverse(line);
        for (auto size = std::min(rest.size(), line.size()); size > std::max<std::size_t>(best, 3);
             --size)
          if (line.find(rest.substr(0, size)) != line.npos) best = size;
      }
    return best;
  };
  while (!text.empty()) {
    auto walked = longest_walk(text);
    if (walked == 0) return false;
    text.remove_prefix(walked);
  }
  return true;
}

bool contains_name(std::string_view lower_password, std::string_view name) {
  return name.size() >= 3 && lower_password.find(json::lower(name)) != lower_password.npos;
}

}  // namespace

bool is_commonplace(std::string_view password) {
  auto text = json::lower(password);
  if (std::set(text.begin(), text.end()).size() < 5) return true;
  if (text.size() < 12 && std::ranges::all_of(text, is_digit)) return true;
  if (is_a_walk(text)) return true;
  std::erase_if(text, [](char c) { return c == '-' || c == '_' || c == '.' || c == ' '; });
  auto inner = inner_word(text);
  // `Passw0rd!23`: what stands around the word may itself look like letters in disguise.
  auto core = without_disguise(std::string{inner});
  auto plain = without_disguise(text);
  std::string_view candidates[] = {text, inner, core, inner_word(core), plain, inner_word(plain)};
  return std::ranges::any_of(candidates, [](std::string_view one) {
    return is_common_word(one) || is_a_walk(one);
  });
}

problems check_new_password(
    std::string_view password, std::string_view username, std::string_view email
) {
  problems found;
  auto wrong = [&](const char* code, const char* message, const char* expected) {
    found.push_back({"password", code, message, expected});
  };
  auto length = length_of(password);
  if (length < 8) wrong("too_short", "is too short", "8 to 100 letters");
  if (length > 100) wrong("too_long", "is too long", "8 to 100 letters");
  if (!allows(charset::printable, password))
    wrong("bad_format", "has letters that are not allowed", "printable letters");
  if (length >= 8 && is_commonplace(password))
    wrong("too_common", "is one of those that are tried first", "a password nobody guesses");
  auto lower = json::lower(password);
  if (contains_name(lower, username) || contains_name(lower, email.substr(0, email.find('@'))))
    wrong("contains_name", "contains the user's name", "a password without the user's name");
  return found;
}

}  // namespace stellwerk
