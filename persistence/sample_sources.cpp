#include "persistence/sample_sources.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "persistence/big_endian.hpp"
#include "persistence/bytes.hpp"

namespace stellwerk {

namespace {

constexpr std::uint8_t version = 2;  // persistent: never reuse a number
constexpr std::uint8_t without_refusals = 1;
constexpr auto silent_for = std::chrono::hours{24};

std::uint64_t bit_of(std::uint64_t seq) { return std::uint64_t{1} << (seq % 64); }
std::size_t word_of(std::uint64_t seq) { return (seq % source_window::size) / 64; }

/// `<principal>/`, and what sorts right behind all that begins with it.
std::string principal_of(std::string_view source) {
  return std::string{source.substr(0, source.find('/'))} + '/';
}
std::string behind(std::string principal) {
  principal.back() = '/' + 1;
  return principal;
}

/// Refusals repeat themselves: each reason once, then per item its distance and its reason.
void write_answer(byte_writer& out, const post_answer& answer) {
  std::vector<std::pair<std::string_view, std::string_view>> reasons;
  std::vector<std::size_t> which;
  for (auto& one : answer.refused) {
    auto reason = std::pair<std::string_view, std::string_view>{one.code, one.message};
    auto found = std::ranges::find(reasons, reason);
    which.push_back(static_cast<std::size_t>(found - reasons.begin()));
    if (found == reasons.end()) reasons.push_back(reason);
  }
  out.varint(answer.accepted);
  out.varint(reasons.size());
  for (auto& [code, message] : reasons) {
    out.text(code);
    out.text(message);
  }
  out.varint(answer.refused.size());
  for (std::uint32_t before = 0, i = 0; auto& one : answer.refused) {
    out.varint(one.index - before);
    out.varint(which[i++]);
    before = one.index;
  }
}

void read_map(byte_reader& in, source_window::bit_map& map) {
  auto words = in.raw(source_window::size / 8);
  for (auto& word : map) word = take_big_endian<std::uint64_t>(words).value_or(0);
}

bool read_answer(byte_reader& in, post_answer& answer) {
  answer.accepted = static_cast<std::uint32_t>(in.varint());
  auto count = in.varint();
  if (count > in.left()) return false;
  std::vector<std::pair<std::string, std::string>> reasons(static_cast<std::size_t>(count));
  for (auto& [code, message] : reasons) {
    code = in.text();
    message = in.text();
  }
  count = in.varint();
  if (count > in.left()) return false;
  answer.refused.resize(static_cast<std::size_t>(count));
  for (std::uint64_t index = 0; auto& one : answer.refused) {
    index += in.varint();
    auto which = in.varint();
    if (which >= reasons.size()) return false;
    one = {static_cast<std::uint32_t>(index), reasons[which].first, reasons[which].second};
  }
  return in.good();
}

}  // namespace

source_window::verdict source_window::look(std::uint64_t in, std::uint64_t seq) const {
  if (in != epoch) return in > epoch ? verdict::unseen : verdict::too_old;
  if (seq > top) return verdict::unseen;
  if (top - seq >= size) return verdict::too_old;
  return (bits[word_of(seq)] & bit_of(seq)) != 0 ? verdict::seen : verdict::unseen;
}

bool source_window::had_refusals(std::uint64_t seq) const {
  return (refused[word_of(seq)] & bit_of(seq)) != 0;
}

std::uint64_t source_window::skipped_by(std::uint64_t in, std::uint64_t seq) const {
  auto any_seen = (bits[word_of(top)] & bit_of(top)) != 0;
  return any_seen && in == epoch && seq > top ? seq - top - 1 : 0;
}

void source_window::mark(std::uint64_t in, std::uint64_t seq, bool refusals) {
  if (in != epoch || (seq > top && seq - top >= size)) bits = refused = {};
  if (in != epoch) {
    epoch = in;
    top = seq;
  }
  for (; top < seq && seq - top < size; ++top) {
    bits[word_of(top + 1)] &= ~bit_of(top + 1);
    refused[word_of(top + 1)] &= ~bit_of(top + 1);
  }
  top = std::max(top, seq);
  bits[word_of(seq)] |= bit_of(seq);
  if (refusals) refused[word_of(seq)] |= bit_of(seq);
}

std::string to_bytes(const source_record& record) {
  std::string bytes;
  byte_writer out{bytes};
  out.byte(version);
  out.varint(record.window.epoch);
  out.varint(record.window.top);
  for (auto* map : {&record.window.bits, &record.window.refused})
    for (auto word : *map) append_big_endian(bytes, word);
  out.signed_varint(record.used.time_since_epoch().count());
  out.varint(record.last.seq);
  write_answer(out, record.last.answer);
  return bytes;
}

std::optional<source_record> source_record_from(std::string_view bytes) {
  byte_reader in{bytes};
  auto found = in.byte();
  if (found != version && found != without_refusals) return {};
  source_record record;
  record.window.epoch = in.varint();
  record.window.top = in.varint();
  read_map(in, record.window.bits);
  if (found == version)
    read_map(in, record.window.refused);
  else
    record.window.refused = record.window.bits;  // nobody knows: none is told as stored
  record.used = wall_time{std::chrono::milliseconds{in.signed_varint()}};
  record.last.seq = in.varint();
  if (!read_answer(in, record.last.answer) || !in.at_end()) return {};
  return record;
}

void sample_sources::restore(std::string source, const source_record& record) {
  by_source_.insert_or_assign(std::move(source), entry{record.window, record.used});
}

sample_sources::entry* sample_sources::admit(
    const std::string& source, wall_time now, std::optional<std::string>& forgotten
) {
  auto found = by_source_.find(source);
  if (found == by_source_.end()) {
    if (!make_room(source, now, forgotten)) return nullptr;
    found = by_source_.emplace(source, entry{}).first;
  }
  found->second.used = now;
  return &found->second;
}

bool sample_sources::make_room(
    std::string_view source, wall_time now, std::optional<std::string>& forgotten
) {
  auto principal = principal_of(source);
  auto first = by_source_.lower_bound(principal);
  auto last = by_source_.lower_bound(behind(principal));
  auto count = static_cast<std::size_t>(std::distance(first, last));
  if (count < max_.per_principal && by_source_.size() < max_.in_all) return true;
  auto oldest =
      std::min_element(first, last, [](auto& a, auto& b) { return a.second.used < b.second.used; });
  if (oldest == last || now - oldest->second.used < silent_for) return false;
  forgotten = oldest->first;
  by_source_.erase(oldest);
  return true;
}

}  // namespace stellwerk
