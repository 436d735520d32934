#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <iostream>

#include "actors/model/codec.hpp"
#include "actors/model/json.hpp"
#include "monitoring/clock.hpp"
#include "nodes/ctl/commands.hpp"
#include "persistence/data_check.hpp"
#include "persistence/journal_check.hpp"

namespace stellwerk::ctl {

int verify_journal_of(const std::string& data_dir, bool as_json) {
  auto verdict = verify_journal(data_dir, system_clock()());
  if (as_json)
    std::cout << json::encode(verdict) << '\n';
  else if (verdict.ok)
    std::cout << "The journal is whole: " << verdict.entries << " entries.\n";
  else
    std::cout << "The journal is BROKEN at entry " << verdict.first_wrong_seq.value_or(0) << ": "
              << verdict.entries << " entries before it are whole. Keep a copy of " << data_dir
              << " as evidence.\n";
  return verdict.ok ? done : not_so;
}

int check_data_of(const std::string& data_dir, bool as_json) {
  auto found = check_data(data_dir);
  boost::json::array all;
  for (auto& one : found) all.push_back({{"where", one.where}, {"what", one.what}});
  if (as_json)
    std::cout << json::to_text(boost::json::object{{"ok", found.empty()}, {"damaged", all}})
              << '\n';
  else if (found.empty())
    std::cout << "All of " << data_dir << " is whole.\n";
  for (auto& one : found)
    if (!as_json) std::cout << data_dir << '/' << one.where << ": " << one.what << '\n';
  if (!found.empty() && !as_json)
    std::cout << "It is DAMAGED. Keep a copy of " << data_dir
              << " and restore a backup: stellwerk backup restore --folder FOLDER --data DATA\n";
  return found.empty() ? done : not_so;
}

}  // namespace stellwerk::ctl
