#include "nodes/ctl/table.hpp"

#include <algorithm>
#include <array>

#include "actors/model/bounded.hpp"

namespace stellwerk::ctl {

namespace {

bool is_number(std::string_view cell) {
  return !cell.empty() && cell.find_first_not_of("0123456789.-+e") == cell.npos;
}

}  // namespace

table::table(std::vector<std::string> headings) : rows_{std::move(headings)} {}

void table::add(std::vector<std::string> cells) {
  for (auto& cell : cells) cell = printable(cell);
  rows_.push_back(std::move(cells));
}

std::string table::text() const {
  std::vector<std::size_t> widths(rows_.front().size());
  for (auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], length_of(row[i]));
  std::string out;
  for (auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      std::string padding(widths[i] - length_of(row[i]), ' ');
      line += is_number(row[i]) ? padding + row[i] : row[i] + padding;
      line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  }
  return out;
}

std::string printable(std::string_view text) {
  std::string out{text};
  std::ranges::replace_if(
      out,
      [](char c) {
        auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7f;
      },
      '?'
  );
  return out;
}

std::string duration_text(long long ms) {
  struct unit {
    long long ms;
    const char* name;
  };
  constexpr std::array units{
      unit{86'400'000, " d"}, unit{3'600'000, " h"}, unit{60'000, " min"}, unit{1000, " s"}};
  for (auto& one : units)
    if (ms >= 2 * one.ms || (ms >= one.ms && one.ms == 1000))
      return std::to_string(ms / one.ms) + one.name;
  return std::to_string(ms) + " ms";
}

}  // namespace stellwerk::ctl
