#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fstream>
#include <iostream>
#include <stdexcept>

#include "actors/model/codec.hpp"
#include "actors/model/json.hpp"
#include "monitoring/clock.hpp"
#include "nodes/ctl/commands.hpp"
#include "nodes/ctl/table.hpp"
#include "persistence/data_check.hpp"
#include "persistence/export_check.hpp"
#include "persistence/journal_check.hpp"

namespace stellwerk::ctl {

namespace {

/// A file's lines as they are, each with its line feed; one that is too long comes in parts.
class lines {
 public:
  explicit lines(const std::string& file) : file_(file), in_(file) {
    if (!in_) throw std::invalid_argument(file_ + " cannot be read");
  }
  /// Empty at the end.
  std::string_view next() {
    in_.getline(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    auto read = static_cast<std::size_t>(in_.gcount());
    if (in_.bad()) throw std::invalid_argument(file_ + " cannot be read");
    if (in_.good()) buffer_[read - 1] = '\n';
    if (in_.fail() && !in_.eof()) in_.clear();
    return {buffer_.data(), read};
  }

 private:
  std::string file_;
  std::ifstream in_;
  std::string buffer_ = std::string(export_line_bytes_max + 2, '\0');
};

/// A key itself, or the first word of each line of a file.
std::vector<std::string> keys_from(const std::string& given) {
  if (given.empty()) return {};
  if (!fingerprint_of(given).empty()) return {given};
  std::vector<std::string> keys;
  lines in{given};
  for (auto line = in.next(); !line.empty(); line = in.next())
    if (auto key = line.substr(0, line.find_first_of(" \r\n")); !fingerprint_of(key).empty())
      keys.emplace_back(key);
  if (keys.empty()) throw std::invalid_argument(given + " is no public key and holds none");
  return keys;
}

/// Those in lines of the log, with or without what a collector put before them, or of exports.
std::vector<journal_anchor> anchors_from(const std::string& file) {
  std::vector<journal_anchor> found;
  if (file.empty()) return found;
  lines in{file};
  for (auto line = in.next(); !line.empty(); line = in.next()) {
    problem why;
    auto read = json::parse(line.substr(std::min(line.find('{'), line.size())), why);
    auto* what = read ? read->if_object() : nullptr;
    if (what == nullptr) continue;
    auto* inner = what->if_contains("anchor");
    auto* event = what->if_contains("event");
    if (inner != nullptr)
      what = inner->if_object();
    else if (event == nullptr || *event != "journal.anchored")
      continue;
    auto* seq = what == nullptr ? nullptr : what->if_contains("seq");
    auto* hash = what == nullptr ? nullptr : what->if_contains("hash");
    if (seq == nullptr || hash == nullptr || !seq->is_int64() || !hash->is_string()) continue;
    auto& made = found.emplace_back();
    made.seq = static_cast<std::uint64_t>(seq->get_int64());
    made.hash = std::string{hash->get_string()};
  }
  if (found.empty()) throw std::invalid_argument(file + " holds no anchors");
  return found;
}

}  // namespace

int verify_journal_of(const verify_options& what, bool as_json) {
  auto verdict = verify_journal(
      what.data_dir, system_clock()(), anchors_from(what.anchors), keys_from(what.key)
  );
  if (as_json)
    std::cout << json::encode(verdict) << '\n';
  else if (verdict.ok)
    std::cout << "The journal is whole: " << verdict.entries
              << " entries; anchors: " << verdict.anchors << ".\n";
  else
    std::cout << "The journal is BROKEN at entry " << verdict.first_wrong_seq.value_or(0) << ": "
              << verdict.problem.value_or("nothing says where it begins and ends") << "; "
              << verdict.entries << " entries before it are whole. Keep a copy of " << what.data_dir
              << " as evidence.\n";
  return verdict.ok ? done : not_so;
}

int verify_export_of(const verify_options& what, bool as_json) {
  export_check check{keys_from(what.key), anchors_from(what.anchors)};
  lines in{what.file};
  for (auto line = in.next(); !line.empty() && check.take(line);) line = in.next();
  auto found = check.finish();
  if (as_json)
    std::cout << json::encode(found) << '\n';
  else if (!found.ok) {
    std::cout << what.file << " is BROKEN at line " << found.first_wrong_line.value_or(0);
    if (found.first_wrong_seq) std::cout << " (entry " << *found.first_wrong_seq << ')';
    std::cout << ": " << printable(found.problem) << ".\n";
  } else {
    std::cout << what.file << " is whole: entries " << found.from_seq << " to " << found.to_seq
              << " of site " << printable(found.site) << "; anchors: " << found.anchors << ".\n"
              << "Signed by key " << found.public_key << "\nfingerprint " << found.fingerprint
              << '\n';
    if (!found.key_given)
      std::cout << "This key is the one in the file: compare it with the one you kept, or give "
                   "that by --key.\n";
  }
  return found.ok ? done : not_so;
}

int check_data_of(const std::string& data_dir, bool as_json) {
  auto found = check_data(data_dir);
  boost::json::array all;
  bool ok = true;
  for (auto& one : found) {
    ok = ok && !one.harms;
    all.push_back({{"where", one.where}, {"what", one.what}, {"harms", one.harms}});
  }
  if (as_json)
    std::cout << json::to_text(boost::json::object{{"ok", ok}, {"damaged", all}}) << '\n';
  else if (found.empty())
    std::cout << "All of " << data_dir << " is whole.\n";
  for (auto& one : found)
    if (!as_json) std::cout << data_dir << '/' << one.where << ": " << one.what << '\n';
  if (!ok && !as_json)
    std::cout << "It is DAMAGED. Keep a copy of " << data_dir
              << " and restore a backup: stellwerk backup restore --folder FOLDER --data DATA\n";
  return ok ? done : not_so;
}

}  // namespace stellwerk::ctl
