#include "gateway/ask_row.hpp"

namespace stellwerk::gateway {

namespace {

constexpr auto backups = &services::backups;

constexpr route table[] = {
    ask_row<list_backups, backups>(
        {.id = "listBackups",
         .method = http_method::get,
         .path = "/api/v1/backups",
         .summary = "Backups of this node, newest first",
         .needs = permission::backup_run,
         .limit = rate_class::standard}
    ),
    ask_row<create_backup, backups>(
        {.id = "createBackup",
         .method = http_method::post,
         .path = "/api/v1/backups",
         .summary = "Begin a backup; it is whole when its status is complete",
         .needs = permission::backup_run,
         .limit = rate_class::write,
         .success = 202,
         .location = "/api/v1/backups/{id}"}
    ),
    ask_row<read_backup, backups>(
        {.id = "readBackup",
         .method = http_method::get,
         .path = "/api/v1/backups/{id}",
         .summary = "One backup and its status",
         .needs = permission::backup_run,
         .limit = rate_class::standard}
    ),
    ask_row<verify_backup, backups>(
        {.id = "verifyBackup",
         .method = http_method::post,
         .path = "/api/v1/backups/{id}/verify",
         .summary = "Begin to read a backup back; then it is complete again, or damaged",
         .needs = permission::backup_run,
         .limit = rate_class::write,
         .success = 202,
         .location = "/api/v1/backups/{id}"}
    ),
    ask_row<remove_backup, backups>(
        {.id = "removeBackup",
         .method = http_method::delete_,
         .path = "/api/v1/backups/{id}",
         .summary = "Delete a backup, with the files that no other one needs",
         .needs = permission::backup_run,
         .limit = rate_class::write}
    ),
};

}  // namespace

route_table backup_routes() { return table; }

}  // namespace stellwerk::gateway
