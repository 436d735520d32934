#include "nodes/announce.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <iostream>

#include "actors/model/codec.hpp"
#include "nodes/options.hpp"

namespace stellwerk {

void announce_ready(const ready_facts& facts) {
  std::string line = R"({"event":"ready","http":)" + json::encode(facts.http) + R"(,"metrics":)";
  json::write_text(line, facts.metrics);
  if (!facts.setup_token_file.empty()) {
    line += R"(,"setup_token_file":)";
    json::write_text(line, facts.setup_token_file);
  }
  std::cout << line << "}\n" << std::flush;
}

void notify_service_manager(const std::string& state) {
  auto path = service_manager_socket();
  sockaddr_un to{};
  if (path.empty() || path.size() >= sizeof to.sun_path) return;
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, path.data(), path.size());
  if (to.sun_path[0] == '@') to.sun_path[0] = '\0';  // an abstract name
  auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  auto by = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (by < 0) return;
  sendto(by, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<sockaddr*>(&to), length);
  close(by);
}

}  // namespace stellwerk
