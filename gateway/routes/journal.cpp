#include "gateway/ask_row.hpp"

namespace stellwerk::gateway {

namespace {

constexpr auto journal = &services::journal;

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
};

}  // namespace

route_table journal_routes() { return table; }

}  // namespace stellwerk::gateway
