#include <algorithm>

#include "gateway/export_run.hpp"

namespace stellwerk::gateway {

namespace {

constexpr auto journal = &services::journal;
using journal_run = export_run<export_journal>;

void take(journal_run& run, journal_piece& piece) {
  run.text = std::move(piece.text);
  run.more = piece.more;
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
  auto run = std::make_shared<journal_run>(journal_run{
      c.desk.port(), caf::actor_cast<caf::strong_actor_ptr>(c.desk.all().journal),
      c.desk.all().tools, c.row.words.within, std::move(place), std::move(first)});
  take(*run, *piece);
  made.more = [run] { return next_piece(run, take); };
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
