#include "tests/house_rules.hpp"

#include <string>
#include <vector>

namespace stellwerk::house {

namespace {

const std::string cpp = R"(\.[ch]pp$)";
const std::string product = R"(^(actors|gateway|monitoring|nodes|persistence)/.*\.[ch]pp$)";
const std::string own = "^tests/house_";  // these files must name what they ban

/// Literals that a search of the sources would take for the thing itself are written in two parts.
std::vector<rule> structure() {
  return {
      {"include_directions", cpp, "", wrong_directions,
       make_source("gateway/a.cpp", "#include \"persistence/store.hpp\"\n"),
       make_source("gateway/a.cpp", "#include \"actors/model/error.hpp\"\n")},
      {"includes_from_the_root", cpp, own, unknown_includes,
       make_source("actors/a.cpp", "#include \"error.hpp\"\n"),
       make_source("actors/a.cpp", "#include <vector>\n")},
      {"rocksdb_fence", product, "^persistence/",
       bans_in_text("^#include [<\"]rocksdb/", "RocksDB stays in persistence"),
       make_source("actors/a.cpp", "#include <rocksdb/db.h>\n"),
       make_source("persistence/a.cpp", "#include <rocksdb/db.h>\n")},
      {"beast_fence", product, "^(gateway|nodes)/",
       bans_in_text("^#include [<\"]boost/beast", "Beast stays in gateway and nodes"),
       make_source("actors/a.cpp", "#include <boost/beast/http.hpp>\n"),
       make_source("nodes/a.cpp", "#include <boost/beast/http.hpp>\n")},
      {"modbus_fence", product, "",
       bans_in_text("^#include <modbus", "libmodbus is a peer in tests (docs/decisions/0006)"),
       make_source("actors/field/modbus_bus.cpp", "#include <modbus/modbus.h>\n"),
       make_source("actors/field/modbus_bus.cpp", "#include \"actors/field/modbus_bus.hpp\"\n")},
      {"prometheus_fence", product, "^monitoring/",
       bans_in_text("^#include [<\"]prometheus/", "prometheus-cpp stays in monitoring"),
       make_source("actors/a.hpp", "#include <prometheus/counter.h>\n"),
       make_source("monitoring/a.hpp", "#include <prometheus/counter.h>\n")},
      {"failpoint_at_commit", R"(^persistence/.*\.cpp$)", "",
       bans_in_code(
           R"(((?<!batch_)->(Write|Put|DeleteRange|write_synced)|std::rename)\()"
           R"((?![\s\S]{0,300}\bfails_at\())",
           "what becomes durable has a failpoint before and after it"
       ),
       make_source("persistence/a.cpp", "auto done = db->Write(synced, &batch);\n"),
       make_source("persistence/a.cpp", "db->Write(synced, &batch);\nif (fails_at(x)) return;\n")},
      {"no_drawers", "", "",
       bans_in_path(
           R"((^|[/_])(utils?|common|helpers?|misc)(/|\.)|(^|/)(core|base)(/|\.))",
           "a drawer has no rule of entry: put it with its user or name the value"
       ),
       make_source("actors/model/utils.hpp", ""), make_source("actors/model/value.hpp", "")},
      {"no_dead_sources", R"(\.cpp$)", "", dead_sources, make_source("actors/stray.cpp", ""),
       make_source("tests/actors/device_test.cpp", "")},
      {"pragma_once", R"(\.hpp$)", "", bans_in_text(R"(\A(?!#pragma once$))", "no #pragma once"),
       make_source("actors/a.hpp", "#include <vector>\n"),
       make_source("actors/a.hpp", "#pragma once\n\n#include <vector>\n")},
  };
}

std::vector<rule> size() {
  auto lines = [](int n) {
    std::string text;
    for (int i = 0; i < n; ++i) text += "  a();\n";
    return text;
  };
  return {
      {"file_length", R"(\.([ch]pp|js|css)$)", "", too_many_lines,
       make_source("actors/a.cpp", lines(301)), make_source("actors/a.cpp", lines(300))},
      {"line_width", cpp, "", too_wide_lines,
       make_source("actors/a.cpp", std::string(101, 'a') + "\n"),
       make_source("actors/a.cpp", std::string(99, 'a') + "\u00b0\n")},
      {"function_length", cpp, "", too_long_functions,
       make_source("actors/a.cpp", "void f() {\n" + lines(69) + "}\n"),
       make_source("actors/a.cpp", "void f() {\n" + lines(68) + "}\n")},
  };
}

std::vector<rule> calls() {
  return {
      {"no_sleeping", cpp, "^tests/(system/|house_)",
       bans_in_code(
           R"(\b((sleep)_for|sleep_until|(u|nano)sleep)\b)",
           "wait for what you mean: a timer, a message, advance()"
       ),
       make_source("tests/actors/a_test.cpp", "nanosleep(&second, nullptr);\n"),
       make_source("tests/system/a_test.cpp", "nanosleep(&second, nullptr);\n")},
      {"no_endless_waits", cpp, own,
       bans_in_code(R"(\bcaf::infinite\b|,\s*infinite\b)", "every wait has an end"),
       make_source("actors/a.cpp", "self->request(store, caf::infinite, get_atom_v);\n"),
       make_source("actors/a.cpp", "self->request(store, within, x);  // never caf::infinite\n")},
      {"no_prints", product, "^nodes/",
       bans_in_code(
           R"(\bstd::(cout|cerr|clog)\b|\b(printf|fprintf|puts|fputs|perror)\s*\()"
           R"(|\bfmt::print\b)",
           "the log or the caller is told, not the terminal"
       ),
       make_source("actors/a.cpp", "std::cout << level;\n"),
       make_source("nodes/main.cpp", "std::cout << level;\n")},
      {"no_clock_of_its_own", cpp,
       R"(^(monitoring/(clock|log|metered)\.|actors/field/\w*bus|gateway/\w*deadline|nodes/sim/)"
       R"(|tests/(system|bench|nodes/sim)/|tests/house_))",
       bans_in_code(
           R"(\b(system|steady|high_resolution)_clock::now\b)"
           R"(|\b(gettimeofday|clock_gettime)\s*\()"
           R"(|(?<![.\w>])(std::)?time\s*\(\s*(nullptr|NULL|0|&))",
           "time comes in as an argument or from the actor's clock"
       ),
       make_source("actors/a.cpp", "auto now = std::chrono::system_clock::now();\n"),
       make_source("monitoring/clock.cpp", "return std::chrono::system_clock::now();\n")},
      {"no_weak_randomness", cpp, own,
       bans_in_code(R"(\b(s?rand|drand48)\s*\()", "a seed in tests, OpenSSL for secrets"),
       make_source("actors/a.cpp", "auto id = std::rand();\n"),
       make_source("actors/a.cpp", "auto id = operand(3);\n")},
      {"no_strerror", cpp, own,
       bans_in_code(R"(\bstrerror\s*\()", "not safe among threads: std::system_category().message"),
       make_source("actors/a.cpp", "log(strerror(errno));\n"),
       make_source("actors/a.cpp", "log(modbus_strerror(errno));\n")},
      {"environment_is_read_once", cpp,
       R"(^(nodes/\w*options|nodes/ctl/|tests/(system/|bench/|rounds)))",
       bans_in_code(R"(\b(secure_)?getenv\s*\()", "only nodes/options reads the environment"),
       make_source("actors/a.cpp", "auto home = std::getenv(\"HOME\");\n"),
       make_source("nodes/options.cpp", "auto home = std::getenv(\"HOME\");\n")},
      {"miscompiled_awaits", cpp, "", miscompiled_awaits,
       make_source("gateway/a.cpp", "auto r = co_await ask(port, read{\"tank\"});\n"),
       make_source("gateway/a.cpp", "if (auto r = co_await ask(port, what); r) {\n  go();\n}\n")},
  };
}

std::vector<rule> words() {
  return {
      {"names_without_roles", cpp, "",
       bans_in_code(
           R"(\b(class|struct)\s+\w*(_impl|_manager|_helper|Impl|Manager|Helper)\b)",
           "say what it is"
       ),
       make_source("actors/a.hpp", "class device_manager;\n"),
       make_source("actors/a.hpp", "class devices;\n")},
      {"nothing_left_to_do", "", own,
       bans_in_text(
           R"(\b((TO)DO|(FIX)ME|(XX)X|(st)ubs?)\b|(?i)\bnot (yet )?implemented\b)",
           "do it now or write it into docs/roadmap.md"
       ),
       make_source(
           "actors/a.cpp",
           "// TO"
           "DO: answer\n"
       ),
       make_source("actors/a.cpp", "// todos are a list of the demo\n")},
      {"tests_run_and_can_fail", "^tests/.*\\.[ch]pp$", own,
       bans_in_text(
           R"(\b((DISABLED)_|(GTEST)_SKIP\b|(EXPECT|ASSERT)_TRUE\(true\)))",
           "a test runs and can fail, or is not there"
       ),
       make_source(
           "tests/a_test.cpp",
           "TEST(device, DISABLED"
           "_polls) {}\n"
       ),
       make_source("tests/a_test.cpp", "EXPECT_TRUE(device.disabled_);\n")},
      {"no_machine_paths", "", own,
       bans_in_text(R"((^|[^\w.$}])/(work|farm|tmp/w|root|home)/)", "a path of one machine"),
       make_source(
           "docs/a.md",
           "Clone into /wo"
           "rk/main.\n"
       ),
       make_source("docs/a.md", "See build/tmp/ and ${TMPDIR}/tmp/w/.\n")},
      {"no_code_in_comments", R"(\.([ch]pp|js)$)", "",
       bans_in_text(
           R"(^\s*//(?!/)(.*[)\]}"];|.*=.*;|\s*return\b.*;|.*\{)\s*$)", "delete it: git remembers"
       ),
       make_source("actors/a.cpp", "  // self->quit(reason);\n"),
       make_source("actors/a.cpp", "  // The parent decides;\n  // it restarts.\n")},
  };
}

}  // namespace

const std::vector<rule>& rules() {
  static const auto all = [] {
    std::vector<rule> joined;
    for (auto& part : {structure(), size(), calls(), words()})
      joined.insert(joined.end(), part.begin(), part.end());
    return joined;
  }();
  return all;
}

}  // namespace stellwerk::house
