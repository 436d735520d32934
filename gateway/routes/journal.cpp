#include <algorithm>

#include "gateway/ask_row.hpp"

namespace stellwerk::gateway {

namespace {

constexpr auto journal = &services::journal;
constexpr int tries_max = 3;

/// One export on its way, piece by piece.
struct export_run {
  reply_port& port;
  journal_actor journal;
  instruments tools;
  std::chrono::milliseconds within;
  std::shared_ptr<void> place;
  export_journal next;
  journal_piece held;  // to be sent
};

/// A piece can be asked for again: the reader may only be busy.
net::awaitable<std::optional<std::string>> next_piece(std::shared_ptr<export_run> run) {
  for (int tries = 1; run->held.text.empty() && run->held.more; ++tries) {
    auto target = caf::actor_cast<caf::strong_actor_ptr>(run->journal);
    auto asked = ask_for<journal_piece>(run->port, std::move(target), run->within, run->next);
    auto piece = co_await std::move(asked);
    if (piece) {
      run->held = std::move(*piece);
      continue;
    }
    if (tries < tries_max && is(piece.error(), errc::busy)) continue;
    auto why = render(piece.error());
    run->tools.lines->warn(
        "export.broken", {{"request_id", std::string_view{run->next.context->request_id}},
                          {"why", std::string_view{why}}}
    );
    co_return std::nullopt;
  }
  co_return std::exchange(run->held.text, {});
}

/// It holds what everybody did: who may export it may do so for all of the site.
bool may_export(const call& c) {
  scope_target site{c.desk.all().site, {}, nullptr};
  return allowed(c.context->caller->given, permission::journal_export, site);
}

net::awaitable<caf::expected<http_answer>> begin_export(call& c, export_range what) {
  auto place = c.desk.begin_export();
  caf::error why;
  if (!may_export(c))
    why = refuse(errc::forbidden);
  else if (!place)
    why = refuse(errc::busy);
  if (why) {
    auto charging = charged(c, std::move(why));
    co_return co_await std::move(charging);
  }
  export_journal first{c.context, what, nullptr};
  auto asked = ask_limited(c, c.desk.all().journal, first);
  auto piece = co_await std::move(asked);
  if (!piece) co_return piece.error();
  http_answer made;
  made.type = "application/x-ndjson";
  auto name = "journal_" + c.desk.all().site + '_' + stellwerk::to_text(c.desk.all().tools.now());
  std::ranges::replace(name, ':', '-');
  made.fields.push_back({"Content-Disposition", "attachment; filename=\"" + name + ".ndjson\""});
  first.run = piece->run;
  auto run = std::make_shared<export_run>(export_run{
      c.desk.port(), c.desk.all().journal, c.desk.all().tools, c.row.words.within, std::move(place),
      std::move(first), std::move(*piece)});
  made.more = [run] { return next_piece(run); };
  co_return made;
}

constexpr route table[] = {
    ask_row<query_journal, journal>(
        {.id = "queryJournal",
         .method = http_method::get,
         .path = "/api/v1/journal",
         .summary = "What happened, newest first",
         .needs = permission::journal_read,
         .limit = rate_class::standard}
    ),
    ask_row<explain_entry, journal>(
        {.id = "explainEntry",
         .method = http_method::get,
         .path = "/api/v1/journal/{seq}/explain",
         .summary = "Why an entry happened, and what followed from it",
         .needs = permission::journal_read,
         .limit = rate_class::standard}
    ),
    ask_row<read_verdict, journal>(
        {.id = "verifyJournal",
         .method = http_method::get,
         .path = "/api/v1/journal/verify",
         .summary = "What the last verification of the hash chain found",
         .needs = permission::journal_read,
         .limit = rate_class::standard}
    ),
    ask_row<read_journal_keys, journal>(
        {.id = "readJournalKeys",
         .method = http_method::get,
         .path = "/api/v1/journal/keys",
         .summary = "Public keys of the journal's anchors and exports, the newest last",
         .needs = permission::journal_read,
         .limit = rate_class::standard}
    ),
    compute_row<export_range, http_answer, begin_export>(
        {.id = "exportJournal",
         .method = http_method::get,
         .path = "/api/v1/journal/export",
         .summary = "Entries as signed lines that can be verified without the node",
         .needs = permission::journal_export,
         .limit = rate_class::standard,
         .answers = "application/x-ndjson"}
    ),
};

}  // namespace

route_table journal_routes() { return table; }

}  // namespace stellwerk::gateway
