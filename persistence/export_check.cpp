#include "persistence/export_check.hpp"

#include <algorithm>

#include "actors/model/ids.hpp"

namespace stellwerk {

namespace {

/// Empty unless the line is, to the byte, what a node writes.
template <class Content>
std::optional<Content> read_line(std::string_view line, std::string_view begin) {
  Content made;
  if (line.size() < begin.size() + 2) return {};
  auto inner = line.substr(begin.size(), line.size() - begin.size() - 2);
  if (!json::decode(inner, made, {.bytes = export_line_bytes_max}).empty()) return {};
  if (line_of(begin, made) != line) return {};
  return made;
}

entry_view view_of(const exported_entry& one) {
  return {one.seq,       one.time, one.site,    one.type,       one.subject,
          one.principal, one.name, one.address, one.request_id, one.cause,
          one.data,      {},       {}};
}

}  // namespace

export_check::export_check(std::vector<std::string> trusted, std::vector<journal_anchor> kept)
    : trusted_(std::move(trusted)), kept_(std::move(kept)) {
  std::ranges::sort(kept_, {}, &journal_anchor::seq);
  verdict_.key_given = !trusted_.empty();
}

bool export_check::fails(std::string why) {
  verdict_.problem = std::move(why);
  verdict_.first_wrong_line = line_;
  return false;
}

bool export_check::take(std::string_view line) {
  if (!verdict_.problem.empty()) return false;
  ++line_;
  if (ended_) return fails("there is something behind the end");
  if (line.size() > export_line_bytes_max) return fails("the line is too long");
  if (!header_) return take_header(line);
  if (line.starts_with(end_line)) return take_end(line);
  digest_.add(line);
  if (line.starts_with(entry_line)) return take_entry(line);
  if (line.starts_with(anchor_line)) return take_anchor(line);
  return fails("it is no line of an export");
}

bool export_check::take_header(std::string_view line) {
  auto header = read_line<export_head>(line, export_line);
  if (!header) return fails("it does not begin as an export of the journal does");
  if (header->version != 1) return fails("this version of the format is not known");
  auto hash = from_hex(header->previous_hash);
  auto* key = key_named(header->keys, header->kid);
  if (!hash || hash->size() != hash_.size() || key == nullptr || header->from_seq == 0 ||
      header->to_seq + 1 < header->from_seq)
    return fails("the header contradicts itself");
  std::ranges::copy(*hash, hash_.begin());
  seq_ = header->from_seq - 1;
  verdict_.site = header->site;
  verdict_.installation = header->installation;
  verdict_.from_seq = header->from_seq;
  verdict_.to_seq = header->to_seq;
  verdict_.public_key = key->public_key;
  verdict_.fingerprint = fingerprint_of(key->public_key);
  header_ = std::move(header);
  digest_.add(line);
  if (!trusted_.empty() && std::ranges::count(trusted_, key->public_key) == 0)
    return fails("it is signed by another key than the one given");
  return true;
}

bool export_check::take_entry(std::string_view line) {
  verdict_.first_wrong_seq = seq_ + 1;
  auto entry = read_line<exported_entry>(line, entry_line);
  if (!entry) return fails("the entry is not as it was written");
  if (entry->seq != seq_ + 1) return fails("the entry is not the next one");
  auto hash = chain_.link(hash_, stored_form(view_of(*entry)));
  if (entry->hash != to_hex(hash)) return fails("the hash is not that of the entry");
  hash_ = hash;
  ++seq_;
  ++verdict_.entries;
  for (; next_kept_ < kept_.size() && kept_[next_kept_].seq <= seq_; ++next_kept_)
    if (kept_[next_kept_].seq == seq_ && kept_[next_kept_].hash != entry->hash)
      return fails("an anchor kept elsewhere tells another hash");
  verdict_.first_wrong_seq.reset();
  return true;
}

bool export_check::take_anchor(std::string_view line) {
  verdict_.first_wrong_seq = seq_;
  auto anchor = read_line<journal_anchor>(line, anchor_line);
  if (!anchor) return fails("the anchor is not as it was written");
  if (anchor->seq != seq_ || anchor->hash != to_hex(hash_))
    return fails("the anchor is not of the entry before it");
  if (!is_vouched(*anchor, header_->keys)) return fails("the signature of the anchor is wrong");
  ++verdict_.anchors;
  verdict_.first_wrong_seq.reset();
  return true;
}

bool export_check::take_end(std::string_view line) {
  auto end = read_line<export_end>(line, end_line);
  if (!end) return fails("the end is not as it was written");
  if (seq_ != header_->to_seq || end->entries != verdict_.entries || end->hash != to_hex(hash_))
    return fails("lines are missing before the end");
  if (end->sha256 != digest_.text())
    return fails("the digest of all lines before the end is another");
  if (!is_signed(verdict_.public_key, signed_text(*end), end->signature))
    return fails("the signature at the end is wrong");
  ended_ = true;
  return true;
}

export_verdict export_check::finish() {
  ++line_;
  if (verdict_.problem.empty() && !ended_) fails("it is cut off: there is no end");
  verdict_.ok = verdict_.problem.empty();
  return verdict_;
}

}  // namespace stellwerk
