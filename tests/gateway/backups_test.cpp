#include "tests/gateway/gateway_fixture.hpp"

namespace stellwerk::gateway {
namespace {

struct backups_route_test : desk_fixture {
  const std::string id = "0190a5b0-0000-7000-8000-000000000001";
};

TEST_F(backups_route_test, answers_what_is_begun_with_where_to_look) {
  auto begun = post("/api/v1/backups", R"({"note":"before the update"})");
  EXPECT_EQ(begun.status, 202) << begun.body;
  EXPECT_EQ(field_of(begun, "Location"), "/api/v1/backups/backup-1");
  EXPECT_NE(begun.body.find(R"("status":"running")"), std::string::npos) << begun.body;
  auto verifying = post("/api/v1/backups/" + id + "/verify", "");
  EXPECT_EQ(verifying.status, 202) << verifying.body;
  EXPECT_EQ(field_of(verifying, "Location"), "/api/v1/backups/" + id);
  EXPECT_EQ(send(request(http_method::delete_, "/api/v1/backups/" + id, "ada")).status, 204);
}

TEST_F(backups_route_test, tells_of_another_one_under_way_and_of_a_full_disk) {
  seen->next_error = refuse(errc::conflict, "Another backup or verification is under way");
  EXPECT_EQ(post("/api/v1/backups", "{}").status, 409);
  seen->next_error = refuse(errc::storage_full);
  EXPECT_EQ(post("/api/v1/backups", "{}").status, 507);
}

TEST_F(backups_route_test, looks_at_ids_alone) {
  for (auto* path :
       {"/api/v1/backups/latest", "/api/v1/backups/0190a5b0.0000.7000.8000.000000000001"})
    EXPECT_EQ(get(path).status, 422) << path;
  EXPECT_TRUE(seen->asked.empty());
}

}  // namespace
}  // namespace stellwerk::gateway
