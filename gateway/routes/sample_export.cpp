#include <cctype>

#include "actors/model/exports.hpp"
#include "gateway/export_run.hpp"
#include "gateway/routes/samples.hpp"

namespace stellwerk::gateway {

struct export_query {
  std::vector<channel_path> channel;
  std::optional<wall_time> from;  // absent: the first sample
  std::optional<wall_time> to;    // absent: now
  export_format format = export_format::csv;
};
BOOST_DESCRIBE_STRUCT(export_query, (), (channel, from, to, format))

constexpr std::size_t channels_max = 20;

bool may_read(const call& c, const named_channel& channel) {
  scope_target on{c.desk.all().site, channel.device_id, channel.tags.get()};
  return allowed(c.context->caller->given, permission::sample_read, on);
}

caf::expected<asked_channels> channels_of(call& c, const std::vector<channel_path>& names) {
  if (names.empty() || names.size() > channels_max)
    return refuse(
        errc::invalid, problems{{"channel", "out_of_range", "wrong number of them", "1 to 20"}}
    );
  asked_channels found;
  for (auto& name : names) {
    auto* channel = c.desk.names().find(name.str());
    if (channel == nullptr || !may_read(c, *channel))
      return refuse(errc::not_found, "No such channel: " + name.str());
    found.series.push_back(channel->series);
    found.types.push_back(channel->type);
    found.units.push_back(channel->unit);
  }
  return found;
}

namespace {

using sample_run = export_run<export_samples>;

void take(sample_run& run, export_piece& piece) {
  run.tools.numbers->samples_exported.Increment(piece.lines);
  run.text += piece.text;
  run.more = piece.more;
  run.next.begins = false;
  run.next.from = piece.next;
  run.next.skip = piece.skip;
}

/// `tank-1_level_2026-11-21T00-00-00.000Z_….csv`
std::string file_name_of(const export_samples& what) {
  auto& first = what.channels.front().name;
  auto made = what.channels.size() == 1 ? first : std::string{"samples"};
  made += '_' + stellwerk::to_text(what.from) + '_' + stellwerk::to_text(what.to) + '.' +
          to_word(what.format);
  auto plain = [](char x) { return std::isalnum(static_cast<unsigned char>(x)) || x == '.'; };
  for (auto& letter : made)
    if (!plain(letter)) letter = letter == '/' || letter == '_' ? '_' : '-';
  return made;
}

caf::expected<export_samples> export_of(call& c, const export_query& what) {
  auto channels = channels_of(c, what.channel);
  if (!channels) return channels.error();
  export_samples made;
  made.context = c.context;
  for (std::size_t i = 0; i < what.channel.size(); ++i)
    made.channels.push_back({channels->series[i], what.channel[i], std::move(channels->units[i])});
  made.format = what.format;
  made.from = what.from.value_or(wall_time{});
  made.to = what.to.value_or(c.desk.all().tools.now());
  return made;
}

net::awaitable<caf::expected<http_answer>> begin_export(call& c, export_query what) {
  auto wanted = export_of(c, what);
  auto place = c.desk.begin_export();
  if (wanted && !place) wanted = refuse(errc::busy);
  if (!wanted) {
    auto charging = charged(c, wanted.error());
    co_return co_await std::move(charging);
  }
  auto asked = ask_limited(c, c.desk.all().history, *wanted);
  auto first = co_await std::move(asked);
  if (!first) co_return first.error();
  http_answer made;
  made.fields.push_back(
      {"Content-Disposition", "attachment; filename=\"" + file_name_of(*wanted) + '"'}
  );
  if (what.format == export_format::csv)
    made.type = "text/csv; charset=utf-8";
  else
    made.type = "application/x-ndjson";
  auto run = std::make_shared<sample_run>(sample_run{
      c.desk.port(), caf::actor_cast<caf::strong_actor_ptr>(c.desk.all().history),
      c.desk.all().tools, c.row.words.within, std::move(place), std::move(*wanted),
      std::string{export_header(what.format)}});
  take(*run, *first);
  made.more = [run] { return next_piece(run, take); };
  co_return made;
}

constexpr route table[] = {
    compute_row<export_query, http_answer, begin_export>(
        {.id = "exportSamples",
         .method = http_method::get,
         .path = "/api/v1/samples/export",
         .summary = "Raw samples of 1 to 20 channels as a file, however many they are",
         .needs = permission::sample_read,
         .limit = rate_class::standard,
         .answers = "text/csv,application/x-ndjson"}
    ),
};

}  // namespace

route_table export_routes() { return table; }

}  // namespace stellwerk::gateway
