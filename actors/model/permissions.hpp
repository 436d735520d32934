#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stellwerk {

/// What a principal may do. Persistent by name, so numbers may change.
enum class permission : std::uint8_t {
  device_read,
  device_create,
  device_update,
  device_delete,
  device_command,
  channel_read,
  channel_write,
  sample_read,
  sample_write,
  journal_read,
  journal_export,
  user_read,
  user_create,
  user_update,
  user_delete,
  token_own,
  site_read,
  metrics_read,
  docs_read,
  backup_run,
};
inline constexpr std::size_t permission_count = 20;
using permission_set = std::bitset<permission_count>;

struct permission_row {
  permission what;
  std::string_view name;
  std::string_view roles;  // built-in roles that have it, one letter each: a o v c
};

/// requirements of the built-in roles: admin, operator, viewer, customer.
inline constexpr std::array<permission_row, permission_count> permission_table{{
    {permission::device_read, "device:read", "aov"},
    {permission::device_create, "device:create", "a"},
    {permission::device_update, "device:update", "a"},
    {permission::device_delete, "device:delete", "a"},
    {permission::device_command, "device:command", "ao"},
    {permission::channel_read, "channel:read", "aov"},
    {permission::channel_write, "channel:write", "ao"},
    {permission::sample_read, "sample:read", "aov"},
    {permission::sample_write, "sample:write", "ao"},
    {permission::journal_read, "journal:read", "a"},
    {permission::journal_export, "journal:export", "a"},
    {permission::user_read, "user:read", "ao"},
    {permission::user_create, "user:create", "a"},
    {permission::user_update, "user:update", "a"},
    {permission::user_delete, "user:delete", "a"},
    {permission::token_own, "token:own", "aovc"},
    {permission::site_read, "site:read", "aov"},
    {permission::metrics_read, "metrics:read", "ao"},
    {permission::docs_read, "docs:read", "ao"},
    {permission::backup_run, "backup:run", "a"},
}};

constexpr std::string_view name_of(permission p) {
  return permission_table[static_cast<std::size_t>(p)].name;
}

/// The permissions of a built-in role; none for other words.
permission_set permissions_of(std::string_view role);
bool is_built_in_role(std::string_view role);

/// Permissions within a scope: `*`, `site:<id>`, `device:<id>` or `tag:<word>`.
struct grant {
  permission_set permissions;
  std::string scope;
};
using grants = std::vector<grant>;

/// What a permission is wanted on. Empty members match no scope of their kind.
struct scope_target {
  std::string_view site;
  std::string_view device_id;
  const std::vector<std::string>* tags = nullptr;
};

/// The one rule of authorisation, deny by default. The gateway asks for "in any scope" (403), the
/// actor that owns the object for this object (404).
bool allowed(const grants& given, permission wanted);
bool allowed(const grants& given, permission wanted, const scope_target& on);

}  // namespace stellwerk
