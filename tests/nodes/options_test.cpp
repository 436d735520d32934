#include "nodes/options.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "tests/temporary_folder.hpp"

namespace stellwerk {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class options_test : public testing::Test {
 protected:
  configuration read(const std::string& toml, const environment& variables = {}) {
    command_line line;
    line.config = folder.path() / "stellwerk.toml";
    std::ofstream{line.config} << "env = \"development\"\n" << toml;
    auto made = configure(line, variables);
    for (auto& one : made.wrong)
      if (one.starts_with(line.config)) one.erase(0, line.config.size() + 1);
    return made;
  }
  temporary_folder folder;
};

TEST_F(options_test, classes_of_retention_have_names_and_days_of_their_own) {
  auto made = read(
      "[history]\nretention_days = 30\n"
      "[history.classes.energy]\nraw_days = 400\n[history.classes.a-1]\nrollup_days = 9\n"
  );
  EXPECT_THAT(made.wrong, IsEmpty());
  EXPECT_THAT(class_names(made.options.history), ElementsAre("a-1", "energy"));
  using std::chrono::days;
  auto classes = rule_of(made.options.history, 0).classes;
  EXPECT_EQ(classes.of(""), (retention_class{days{30}, days{0}}));
  EXPECT_EQ(classes.of("energy"), (retention_class{days{400}, days{0}}));
  EXPECT_EQ(classes.of("a-1"), (retention_class{days{0}, days{9}}));
}

TEST_F(options_test, complaints_about_classes_name_the_place) {
  auto made = read("[history.classes.energy]\nraw_days = 36501\ndays = 1\n");
  EXPECT_THAT(
      made.wrong, testing::UnorderedElementsAre(
                      "3: history.classes.energy.raw_days: outside the limits: wants an integer "
                      "from 0 to 36500",
                      "4: history.classes.energy.days: is not known: wants no such member"
                  )
  );
  made = read("[history.classes.Energy]\n");
  EXPECT_THAT(
      made.wrong, ElementsAre("2: history.classes.Energy: is no name of a class: wants 1 to 30 of "
                              "a-z, 0-9 and -")
  );
  made = read("[history.classes." + std::string(31, 'a') + "]\n");
  EXPECT_THAT(made.wrong, SizeIs(1));
  std::string many;
  for (int i = 0; i < 17; ++i) many += "[history.classes.c" + std::to_string(i) + "]\n";
  made = read(many);
  EXPECT_THAT(made.wrong, ElementsAre(HasSubstr("history.classes: too many classes: wants 16")));
}

TEST_F(options_test, no_variable_names_a_class_and_what_is_printed_is_read) {
  auto made = read("", {{"STELLWERK_HISTORY_CLASSES_ENERGY_RAW_DAYS", "1"}});
  EXPECT_THAT(made.wrong, ElementsAre(HasSubstr("is no key's variable")));
  made = read(
      "[history.classes.energy]\nraw_days = 400\n", {{"STELLWERK_HISTORY_RETENTION_DAYS", "7"}}
  );
  EXPECT_EQ(made.options.history.retention_days, 7u);
  for (auto& options : {made.options, node_options{}}) {
    problem why;
    auto content = *json::parse(json::encode(options), why);
    command_line line;
    line.config = folder.path() / "printed.toml";
    std::ofstream{line.config} << to_toml(content);
    auto again = configure(line, {{"STELLWERK_ENV", "development"}});
    EXPECT_THAT(again.wrong, IsEmpty());
    EXPECT_EQ(json::encode(again.options.history), json::encode(options.history));
  }
}

}  // namespace
}  // namespace stellwerk
