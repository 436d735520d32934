#include "monitoring/failpoint.hpp"

#ifdef STELLWERK_TEST_HOOKS

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/describe/enum_from_string.hpp>
#include <boost/describe/enumerators.hpp>
#include <boost/mp11/algorithm.hpp>
#include <charconv>
#include <csignal>
#include <optional>
#include <string_view>

namespace stellwerk {

namespace {

namespace fs = std::filesystem;

enum class fault : std::uint8_t { crash, error, delay, torn };
BOOST_DESCRIBE_ENUM(fault, crash, error, delay, torn)

constexpr int delay_ms = 1'000;
constexpr std::uint64_t torn_bytes = 5;  // less than any record has

struct plan {
  failpoint moment{};
  fault what{};
  std::uint64_t turn = 1;
};
std::optional<plan> planted;
std::atomic<std::uint64_t> times{0};

[[noreturn]] void crash() {
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();
}

void tear_newest_log(const fs::path& folder) {
  fs::path newest;
  std::error_code ignored;
  for (auto& file : fs::directory_iterator{folder, ignored})
    if (file.path().extension() == ".log" && file.path() > newest) newest = file.path();
  auto size = fs::file_size(newest, ignored);
  if (!ignored && size > torn_bytes) fs::resize_file(newest, size - torn_bytes, ignored);
}

}  // namespace

std::string plant_failpoint(const std::string& text) {
  auto equals = text.find('=');
  auto colon = text.find(':');
  plan made;
  auto action = equals == text.npos ? text : text.substr(equals + 1, colon - equals - 1);
  if (!boost::describe::enum_from_string(text.substr(0, equals).c_str(), made.moment))
    return "there is no failpoint " + text.substr(0, equals);
  if (!boost::describe::enum_from_string(action.c_str(), made.what))
    return "an action is crash, error, delay or torn, not " + action;
  if (colon != text.npos) {
    auto number = std::string_view{text}.substr(colon + 1);
    auto end = std::from_chars(number.data(), number.data() + number.size(), made.turn).ptr;
    if (number.empty() || end != number.data() + number.size() || made.turn == 0)
      return "behind the colon is a number from 1 on";
  }
  planted = made;
  times = 0;
  return {};
}

std::string all_failpoints() {
  std::string names;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<failpoint>>([&](auto one) {
    names += std::string{one.name} + '\n';
  });
  return names;
}

bool fails_at(failpoint moment, const fs::path& folder) {
  if (!planted || planted->moment != moment || ++times < planted->turn) return false;
  switch (planted->what) {
    case fault::torn:
      tear_newest_log(folder);
      crash();
    case fault::crash:
      crash();
    case fault::delay:
      ::poll(nullptr, 0, delay_ms);
      return false;
    case fault::error:
      break;
  }
  return true;
}

}  // namespace stellwerk

#endif
