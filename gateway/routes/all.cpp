#include "gateway/route.hpp"

namespace stellwerk::gateway {

std::vector<const route*> all_routes() {
  std::vector<const route*> all;
  for (auto table :
       {access_routes(), device_routes(), command_routes(), sample_routes(), export_routes(),
        journal_routes(), backup_routes(), document_routes()})
    for (auto& row : table) all.push_back(&row);
  return all;
}

}  // namespace stellwerk::gateway
