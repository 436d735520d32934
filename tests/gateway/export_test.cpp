#include "tests/gateway/gateway_fixture.hpp"

namespace stellwerk::gateway {
namespace {

struct export_route_test : desk_fixture {
  /// What a session would send.
  std::optional<std::string> body_of(http_answer& answer) {
    std::optional<std::string> whole;
    auto run = [&]() -> net::awaitable<void> {
      std::string text;
      for (;;) {
        auto making = answer.more();
        auto piece = co_await std::move(making);
        if (!piece) co_return;
        if (piece->empty()) break;
        text += *piece;
      }
      whole = std::move(text);
    };
    net::co_spawn(io, run, net::detached);
    io.restart();
    for (int i = 0; i < 100 && !whole; ++i) io.run_one_for(100ms);
    return whole;
  }
  const std::string path = "/api/v1/samples/export?channel=tank-1/level";
};

TEST_F(export_route_test, sends_piece_after_piece_until_there_is_no_more) {
  seen->export_pieces = {"one\r\n", "two\r\n", "three\r\n"};
  auto answer = get(path + "&from=2027-01-15T00:00:00Z&to=2027-01-15T06:00:00Z");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.type, "text/csv; charset=utf-8");
  EXPECT_EQ(
      field_of(answer, "Content-Disposition"),
      "attachment; "
      "filename=\"tank-1_level_2027-01-15T00-00-00.000Z_2027-01-15T06-00-00.000Z.csv\""
  );
  EXPECT_EQ(body_of(answer), "timestamp,channel,value,unit,quality\r\none\r\ntwo\r\nthree\r\n");
  EXPECT_EQ(seen->exports_begun, 1);
  EXPECT_EQ(tools.numbers->samples_exported.Value(), 3);
}

TEST_F(export_route_test, names_and_types_lines_of_several_channels) {
  seen->export_pieces = {"{}\n"};
  auto answer = get(path + "&channel=tank-2/level&format=ndjson&to=2027-01-15T06:00:00Z");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.type, "application/x-ndjson");
  EXPECT_NE(field_of(answer, "Content-Disposition").find("\"samples_1970-"), std::string::npos);
  EXPECT_EQ(body_of(answer), "{}\n");
}

TEST_F(export_route_test, breaks_off_when_a_piece_cannot_be_made) {
  seen->export_pieces = {"one\r\n", "two\r\n"};
  auto answer = get(path);
  ASSERT_EQ(answer.status, 200);
  seen->next_error = refuse(errc::internal);
  EXPECT_EQ(body_of(answer), std::nullopt);
}

TEST_F(export_route_test, asks_again_for_a_piece_while_the_history_is_busy) {
  seen->export_pieces = {"one\r\n", "two\r\n"};
  auto answer = get(path + "&format=ndjson");
  ASSERT_EQ(answer.status, 200);
  seen->next_error = refuse(errc::busy);
  EXPECT_EQ(body_of(answer), "one\r\ntwo\r\n");
}

TEST_F(export_route_test, refuses_what_it_cannot_begin) {
  EXPECT_EQ(get("/api/v1/samples/export").status, 422);
  EXPECT_EQ(get("/api/v1/samples/export?channel=none/such").status, 404);
  EXPECT_EQ(get("/api/v1/samples/export?channel=tank-2/level", "ops").status, 404);
  EXPECT_EQ(get(path + "&format=xml").status, 422);
  seen->next_error = refuse(errc::busy);
  EXPECT_EQ(get(path).status, 503);
}

TEST_F(export_route_test, sends_the_journal_in_pieces_of_the_range_asked_for) {
  seen->export_pieces = {"one\n", "two\n", "three\n"};
  auto answer = get("/api/v1/journal/export?from_seq=5&to=2027-01-15T06:00:00Z");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.type, "application/x-ndjson");
  EXPECT_EQ(
      field_of(answer, "Content-Disposition"),
      "attachment; filename=\"journal_north_2027-01-15T08-00-00.000Z.ndjson\""
  );
  EXPECT_EQ(seen->last_context->caller->name, "ada");
  EXPECT_EQ(seen->last_range.from_seq, 5u);
  EXPECT_EQ(seen->last_range.to_seq, std::nullopt);
  EXPECT_EQ(stellwerk::to_text(*seen->last_range.to), "2027-01-15T06:00:00.000Z");
  EXPECT_EQ(body_of(answer), "one\ntwo\nthree\n");
}

TEST_F(export_route_test, breaks_the_journal_off_when_a_piece_cannot_be_made) {
  seen->export_pieces = {"one\n", "two\n"};
  auto answer = get("/api/v1/journal/export");
  ASSERT_EQ(answer.status, 200);
  seen->next_error = refuse(errc::internal);
  EXPECT_EQ(body_of(answer), std::nullopt);
}

TEST_F(export_route_test, gives_the_journal_to_those_alone_who_may_export_all_of_it) {
  std::string journal = "/api/v1/journal/export";
  add_user("part", "admin", "device:dev-1");
  EXPECT_EQ(get(journal, "vic").status, 403);
  EXPECT_EQ(get(journal, "part").status, 403);
  EXPECT_TRUE(seen->asked.empty());
  add_user("all", "admin", "site:north");
  EXPECT_EQ(get(journal, "all").status, 200);
  EXPECT_EQ(get(journal + "?from=yesterday").status, 422);
  EXPECT_EQ(get(journal + "?to_seq=-1").status, 422);
  seen->next_error = refuse(errc::not_ready);
  EXPECT_EQ(get(journal).status, 503);
}

TEST_F(export_route_test, serves_four_at_a_time) {
  std::vector<http_answer> open;
  for (int i = 0; i < 4; ++i) open.push_back(get(path));
  EXPECT_EQ(open.back().status, 200);
  EXPECT_EQ(get(path).status, 503);
  open.pop_back();
  EXPECT_EQ(get(path).status, 200);
}

}  // namespace
}  // namespace stellwerk::gateway
