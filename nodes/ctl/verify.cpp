#include <iostream>

#include "actors/model/codec.hpp"
#include "monitoring/clock.hpp"
#include "nodes/ctl/commands.hpp"
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

}  // namespace stellwerk::ctl
