#include "persistence/journal.hpp"

#include <algorithm>
#include <new>

#include "actors/model/ids.hpp"
#include "persistence/big_endian.hpp"

namespace stellwerk {

namespace {

constexpr std::uint8_t entry_version = 1;  // persistent: never reuse

std::string_view view_of(const chain_hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

void append_text(std::string& out, std::string_view text) {
  append_big_endian(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

bool take_text(std::string_view& in, std::string_view& text) {
  auto size = take_big_endian<std::uint32_t>(in);
  if (!size || *size > in.size()) return false;
  text = in.substr(0, *size);
  in.remove_prefix(*size);
  return true;
}

bool take_hash(std::string_view& in, chain_hash& hash) {
  if (in.size() < hash.size()) return false;
  std::copy_n(in.begin(), hash.size(), hash.begin());
  in.remove_prefix(hash.size());
  return true;
}

}  // namespace

std::string to_bytes(const store_head& head) {
  std::string out;
  append_big_endian(out, head.revision);
  append_big_endian(out, head.seq);
  out += view_of(head.hash);
  return out;
}

std::optional<store_head> head_from(std::string_view bytes) {
  store_head head;
  auto revision = take_big_endian<std::uint64_t>(bytes);
  auto seq = take_big_endian<std::uint64_t>(bytes);
  if (!revision || !seq || !take_hash(bytes, head.hash) || !bytes.empty()) return {};
  head.revision = *revision;
  head.seq = *seq;
  return head;
}

std::string to_bytes(const journal_cut& cut) {
  std::string out;
  append_big_endian(out, cut.seq);
  return out += view_of(cut.hash);
}

std::optional<journal_cut> cut_from(std::string_view bytes) {
  journal_cut cut;
  auto seq = take_big_endian<std::uint64_t>(bytes);
  if (!seq || !take_hash(bytes, cut.hash) || !bytes.empty()) return {};
  cut.seq = *seq;
  return cut;
}

bool is_hash(std::string_view raw, const chain_hash& hash) { return raw == view_of(hash); }

std::string stored_form(const entry_view& entry) {
  std::array texts{entry.site,    entry.type,       entry.subject, entry.principal, entry.name,
                   entry.address, entry.request_id, entry.cause,   entry.data};
  std::size_t bytes = 1 + 3 * 8;
  for (auto text : texts) bytes += 4 + text.size();
  std::string out;
  out.reserve(bytes);
  append_big_endian(out, entry_version);
  append_big_endian(out, entry.seq);
  append_big_endian(out, static_cast<std::uint64_t>(entry.time.time_since_epoch().count()));
  append_big_endian(out, std::uint64_t{0});  // room for a logical time
  for (auto text : texts) append_text(out, text);
  return out;
}

std::optional<entry_view> entry_from(std::string_view value) {
  entry_view seen;
  if (value.size() < chain_hash{}.size()) return {};
  seen.hash = value.substr(0, chain_hash{}.size());
  seen.stored = value.substr(seen.hash.size());
  auto in = seen.stored;
  if (take_big_endian<std::uint8_t>(in) != entry_version) return {};
  auto seq = take_big_endian<std::uint64_t>(in);
  auto time = take_big_endian<std::uint64_t>(in);
  auto logical = take_big_endian<std::uint64_t>(in);
  if (!seq || !time || !logical) return {};
  seen.seq = *seq;
  seen.time = wall_time{std::chrono::milliseconds{static_cast<std::int64_t>(*time)}};
  for (auto* text :
       {&seen.site, &seen.type, &seen.subject, &seen.principal, &seen.name, &seen.address,
        &seen.request_id, &seen.cause, &seen.data})
    if (!take_text(in, *text)) return {};
  if (!in.empty()) return {};
  return seen;
}

journal_entry to_entry(const entry_view& seen) {
  auto text = [](std::string_view view) { return std::string{view}; };
  auto* hash = reinterpret_cast<const std::uint8_t*>(seen.hash.data());
  return {
      seen.seq,
      seen.time,
      text(seen.site),
      text(seen.type),
      text(seen.subject),
      {text(seen.principal), text(seen.name), text(seen.address)},
      text(seen.request_id),
      text(seen.cause),
      {text(seen.data)},
      to_hex({hash, seen.hash.size()})};
}

hash_chain::hash_chain()
    : digest_(EVP_MD_fetch(nullptr, "SHA256", nullptr), EVP_MD_free),
      context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
  if (!digest_ || !context_) throw std::bad_alloc();
}

chain_hash hash_chain::link(const chain_hash& previous, std::string_view stored) {
  chain_hash made;
  unsigned length = 0;
  auto ok = EVP_DigestInit_ex2(context_.get(), digest_.get(), nullptr) == 1 &&
            EVP_DigestUpdate(context_.get(), previous.data(), previous.size()) == 1 &&
            EVP_DigestUpdate(context_.get(), stored.data(), stored.size()) == 1 &&
            EVP_DigestFinal_ex(context_.get(), made.data(), &length) == 1;
  if (!ok) throw std::bad_alloc();  // SHA-256 has no other way to fail
  return made;
}

}  // namespace stellwerk
