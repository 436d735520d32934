#include "actors/history/export_text.hpp"

#include <algorithm>

#include "persistence/sample_pages.hpp"

namespace stellwerk {

namespace {

/// What a line of one channel has before and after its value.
struct line_frame {
  std::uint32_t series = 0;
  std::string before;
  std::string after;
};

/// A cell that begins so is a formula to spreadsheets.
bool looks_like_formula(std::string_view text) {
  return !text.empty() && std::string_view{"=+-@\t\r"}.find(text.front()) != std::string_view::npos;
}

void write_cell(std::string& out, std::string_view text) {
  auto formula = looks_like_formula(text);
  if (text.find_first_of(",\"\r\n") == text.npos) {
    if (formula) out += '\'';
    out += text;
    return;
  }
  out += formula ? "\"'" : "\"";
  for (auto letter : text) {
    if (letter == '"') out += '"';
    out += letter;
  }
  out += '"';
}

struct csv_line {
  static line_frame frame(const exported_channel& of) {
    line_frame made{of.series, ",", ","};
    write_cell(made.before, of.name);
    made.before += ',';
    write_cell(made.after, of.unit);
    made.after += ',';
    return made;
  }
  static void write(std::string& out, const line_frame& frame, const sample& one) {
    append_text(out, one.time);
    out += frame.before;
    if (auto* text = one.value.as<std::string>())
      write_cell(out, *text);
    else
      json::codec<value>::write(out, one.value);
    out += frame.after;
    out += json::codec<quality>::word_of(one.quality);
    out += "\r\n";
  }
};

struct ndjson_line {
  static line_frame frame(const exported_channel& of) {
    line_frame made{of.series, "{\"channel\":", {}};
    json::codec<std::string>::write(made.before, of.name);
    made.before += ",\"time\":";
    return made;
  }
  static void write(std::string& out, const line_frame& frame, const sample& one) {
    out += frame.before;
    json::codec<wall_time>::write(out, one.time);
    out += ",\"value\":";
    json::codec<value>::write(out, one.value);
    out += ",\"quality\":\"";
    out += json::codec<quality>::word_of(one.quality);
    out += "\"}\n";
  }
};

template <class Line>
caf::expected<export_piece> piece_of(
    const database& db, const export_samples& what, const samples& heads
) {
  read_range range{{}, what.from, what.to, 1, what.skip};
  std::vector<line_frame> frames;
  for (auto& one : what.channels) {
    range.series.push_back(one.series);
    frames.push_back(Line::frame(one));
  }
  export_piece made;
  made.next = what.from;
  made.skip = what.skip;
  made.text.reserve(export_piece_bytes + 1024);
  auto more = read_ascending(db, range, heads, [&](const sample& one) {
    if (made.lines == export_piece_lines || made.text.size() >= export_piece_bytes) return false;
    Line::write(made.text, *std::ranges::find(frames, one.series, &line_frame::series), one);
    made.skip = one.time == made.next ? made.skip + 1 : 1;
    made.next = one.time;
    ++made.lines;
    return true;
  });
  if (!more) return more.error();
  made.more = *more;
  return made;
}

}  // namespace

caf::expected<export_piece> export_text(
    const database& db, const export_samples& what, const samples& heads
) {
  return what.format == export_format::csv ? piece_of<csv_line>(db, what, heads)
                                           : piece_of<ndjson_line>(db, what, heads);
}

}  // namespace stellwerk
