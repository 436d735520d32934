#include "gateway/routes/samples.hpp"

#include <algorithm>
#include <charconv>

#include "actors/history/ingest.hpp"
#include "actors/model/journal_queries.hpp"
#include "actors/model/samples_json.hpp"
#include "gateway/ask_row.hpp"
#include "gateway/request_head.hpp"

namespace stellwerk::gateway {

struct range_query {
  std::vector<channel_path> channel;
  std::optional<wall_time> from;
  std::optional<wall_time> to;
  bounded<std::uint32_t, 1, 10'000> limit = 1000;
  std::optional<text<0, 40>> cursor;
};
BOOST_DESCRIBE_STRUCT(range_query, (), (channel, from, to, limit, cursor))

struct series_query {
  std::vector<channel_path> channel;
  std::optional<wall_time> from;  // absent: an hour before `to`
  std::optional<wall_time> to;    // absent: now
  bounded<std::uint32_t, 10, 5'000> points = 500;
};
BOOST_DESCRIBE_STRUCT(series_query, (), (channel, from, to, points))

/// What a batch of lines brings by query.
struct lines_query {
  std::optional<text<1, 100>> source;
  std::optional<std::uint64_t> epoch;
  std::optional<std::uint64_t> seq;
};
BOOST_DESCRIBE_STRUCT(lines_query, (), (source, epoch, seq))

struct latest_query {
  text<0, 300> channel = "*";
  bounded<std::uint32_t, 1, 10'000> limit = 1000;
  std::optional<channel_path> cursor;
};
BOOST_DESCRIBE_STRUCT(latest_query, (), (channel, limit, cursor))

static constexpr std::string_view lines_type = "application/x-ndjson";

static caf::error decode_lines(const call& c, post_samples& out) {
  auto query = query_parameters(c.request.query());
  if (!query) return refuse(errc::invalid, std::string{"The query is malformed"});
  boost::json::object members;
  json::reader found;
  add_parameters(members, *query, shapes_of<lines_query>(), found);
  lines_query stamp;
  json::codec<lines_query>::read(std::move(members), stamp, found);
  if (auto wrong = found.take(); !wrong.empty()) return refuse(errc::invalid, std::move(wrong));
  json::read_lines(c.body, out);
  out.context = c.context;
  out.source = std::move(stamp.source);
  out.epoch = stamp.epoch;
  out.seq = stamp.seq;
  return {};
}

/// A batch takes milliseconds by way of a document; what is wrong with one only that way tells.
static caf::error decode(const call& c, post_samples& out) {
  if (media_type_of(c.request) == lines_type) return decode_lines(c, out);
  if (c.request.query().empty() && json::read_plain(c.body, out)) {
    out.context = c.context;
    return {};
  }
  out = {};
  if (auto wrong = decode<post_samples>(c, out)) return wrong;
  if (auto wrong = json::take_columns(out); !wrong.empty())
    return refuse(errc::invalid, std::move(wrong));
  return {};
}

namespace {

net::awaitable<caf::expected<post_answer>> take_samples(call& c, post_samples what) {
  auto& all = c.desk.all();
  auto append = ingest(what, c.desk.names(), all.site, all.tools.now());
  if (!append) {
    auto charging = charged(c, append.error());
    co_return co_await std::move(charging);
  }
  auto ticket = c.desk.ticket(c, c.context->caller->id);
  ticket.cost = static_cast<std::uint32_t>(what.samples.size());
  auto& shard = all.limiters.of(c.address_key);
  auto asked = ask_through(
      c.desk.port(), shard, std::move(ticket), all.historian, c.row.words.within, std::move(*append)
  );
  co_return co_await std::move(asked);
}

/// Where a page begins: a moment, and how many samples of that moment were told before.
struct range_cursor {
  wall_time time{};
  std::uint32_t skip = 0;

  static std::optional<range_cursor> from(std::string_view text) {
    std::int64_t ms = 0;
    range_cursor made;
    auto* end = text.data() + text.size();
    auto [dot, bad] = std::from_chars(text.data(), end, ms);
    if (bad != std::errc{} || dot == end || *dot != '.') return {};
    auto [last, worse] = std::from_chars(dot + 1, end, made.skip);
    if (worse != std::errc{} || last != end) return {};
    made.time = wall_time{std::chrono::milliseconds{ms}};
    return made;
  }
  std::string text() const {
    return std::to_string(time.time_since_epoch().count()) + '.' + std::to_string(skip);
  }
};

/// The question to the history, or what is wrong with the one to us.
caf::expected<read_range> range_of(call& c, const range_query& what) {
  auto channels = channels_of(c, what.channel);
  if (!channels) return channels.error();
  read_range made;
  made.series = std::move(channels->series);
  made.from = what.from.value_or(wall_time{});
  made.to = what.to.value_or(wall_time::max());
  made.limit = what.limit;
  if (!what.cursor) return made;
  auto cursor = range_cursor::from(what.cursor->str());
  if (!cursor || cursor->time < made.from)
    return refuse(
        errc::invalid, problems{{"cursor", "bad_format", "is none of ours", "next_cursor"}}
    );
  made.from = cursor->time;
  made.skip = cursor->skip;
  return made;
}

std::string cursor_after(const range_page& page, const read_range& asked) {
  range_cursor next{page.items.back().time, 0};
  for (auto item = page.items.rbegin(); item != page.items.rend() && item->time == next.time;
       ++item)
    ++next.skip;
  if (next.time == asked.from) next.skip += asked.skip;
  return next.text();
}

net::awaitable<caf::expected<sample_page>> read_samples(call& c, range_query what) {
  auto range = range_of(c, what);
  if (!range) {
    auto charging = charged(c, range.error());
    co_return co_await std::move(charging);
  }
  auto asked = ask_limited(c, c.desk.all().history, *range);
  auto page = co_await std::move(asked);
  if (!page) co_return page.error();
  sample_page told;
  told.items.reserve(page->items.size());
  for (auto& item : page->items) {
    auto at = std::ranges::find(range->series, item.series) - range->series.begin();
    auto& name = what.channel[static_cast<std::size_t>(at)].str();
    told.items.push_back({name, item.time, std::move(item.value), item.quality});
  }
  if (page->more && !page->items.empty()) told.next_cursor = cursor_after(*page, *range);
  co_return told;
}

caf::expected<read_series> series_of(call& c, const series_query& what) {
  auto channels = channels_of(c, what.channel);
  if (!channels) return channels.error();
  read_series made{std::move(channels->series), std::move(channels->types), {}, {}, what.points};
  made.to = what.to.value_or(c.desk.all().tools.now());
  made.from = what.from.value_or(made.to - std::chrono::hours{1});
  if (made.from < made.to) return made;
  return refuse(
      errc::invalid, problems{{"to", "out_of_range", "is not after `from`", "a later time"}}
  );
}

std::vector<std::string> columns_of(value_type type) {
  if (type == value_type::bool_ || type == value_type::string_)
    return {"t", "last", "changes", "count"};
  return {"t", "min", "max", "avg", "count"};
}

net::awaitable<caf::expected<series_page>> read_series_of(call& c, series_query what) {
  auto wanted = series_of(c, what);
  if (!wanted) {
    auto charging = charged(c, wanted.error());
    co_return co_await std::move(charging);
  }
  auto asked = ask_limited(c, c.desk.all().history, *wanted);
  auto answer = co_await std::move(asked);
  if (!answer) co_return answer.error();
  series_page told{wanted->from, wanted->to, answer->width_ms, answer->partial_from, {}};
  for (std::size_t i = 0; i < answer->points.size(); ++i)
    told.items.push_back(
        {what.channel[i].str(), columns_of(wanted->types[i]), std::move(answer->points[i])}
    );
  co_return told;
}

/// By name, after `cursor`; one more than the limit if there are more.
std::vector<std::pair<std::string, std::uint32_t>> matching(call& c, const latest_query& what) {
  std::vector<std::pair<std::string, std::uint32_t>> found;
  c.desk.names().for_each([&](const std::string& name, const named_channel& channel) {
    if (what.cursor && name <= what.cursor->str()) return;
    if (matches(what.channel.str(), name) && may_read(c, channel))
      found.emplace_back(name, channel.series);
  });
  auto wanted = std::min<std::size_t>(found.size(), what.limit + 1);
  auto middle = found.begin() + static_cast<std::ptrdiff_t>(wanted);
  std::partial_sort(found.begin(), middle, found.end());
  found.erase(middle, found.end());
  return found;
}

net::awaitable<caf::expected<latest_page>> read_latest_values(call& c, latest_query what) {
  auto found = matching(c, what);
  latest_page told;
  if (found.size() > what.limit) {
    found.pop_back();
    told.next_cursor = found.back().first;
  }
  read_latest wanted;
  for (auto& [name, series] : found) wanted.series.push_back(series);
  auto asked = ask_limited(c, c.desk.all().historian, std::move(wanted));
  auto latest = co_await std::move(asked);
  if (!latest) co_return latest.error();
  auto now = c.desk.all().tools.now();
  auto next = found.begin();
  for (auto& item : latest->items) {
    while (next != found.end() && next->second != item.series) ++next;
    if (next == found.end()) break;
    auto age = std::max<std::int64_t>(0, (now - item.time).count());
    told.items.push_back({next->first, item.time, std::move(item.value), item.quality, age});
  }
  co_return told;
}

constexpr route table[] = {
    compute_row<post_samples, post_answer, take_samples>(
        {.id = "postSamples",
         .method = http_method::post,
         .path = "/api/v1/samples",
         .summary =
             "Store samples of external channels; answered once they are durable. NDJSON: one "
             "a line, with `source`, `epoch` and `seq` by query",
         .needs = permission::sample_write,
         .limit = rate_class::ingest,
         .also_takes = lines_type,
         .body_bytes_max = 1'048'576}
    ),
    compute_row<range_query, sample_page, read_samples>(
        {.id = "readSamples",
         .method = http_method::get,
         .path = "/api/v1/samples",
         .summary = "Raw samples of 1 to 20 channels, ascending by time",
         .needs = permission::sample_read,
         .limit = rate_class::standard}
    ),
    compute_row<series_query, series_page, read_series_of>(
        {.id = "readSeries",
         .method = http_method::get,
         .path = "/api/v1/samples/series",
         .summary = "1 to 20 channels in buckets of one width, aligned to `from`: for charts",
         .needs = permission::sample_read,
         .limit = rate_class::standard,
         .answer_bytes_max = series_bytes_max + 65'536}
    ),
    compute_row<latest_query, latest_page, read_latest_values>(
        {.id = "readLatest",
         .method = http_method::get,
         .path = "/api/v1/samples/latest",
         .summary = "The newest sample of each channel that matches, with its age",
         .needs = permission::sample_read,
         .limit = rate_class::standard}
    ),
};

}  // namespace

route_table sample_routes() { return table; }

}  // namespace stellwerk::gateway
