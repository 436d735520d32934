#include "nodes/data_folder.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "persistence/private_file.hpp"

namespace stellwerk {
namespace {

namespace fs = std::filesystem;

class data_folder_test : public testing::Test {
 protected:
  void SetUp() override {
    folder = fs::temp_directory_path() / ("stw_folder_" + std::to_string(getpid()));
    fs::create_directory(folder);
  }
  void TearDown() override { fs::remove_all(folder); }

  std::string complaint() const { return wrong.empty() ? "" : wrong.front(); }
  bool complains_of(const std::string& word) const {
    return complaint().find(word) != std::string::npos;
  }

  fs::path folder;
  config_complaints wrong;
};

TEST_F(data_folder_test, is_made_for_its_owner_alone) {
  prepare_data_folder(folder / "a" / "data", wrong);
  EXPECT_EQ(complaint(), "");
  struct stat told {};
  ASSERT_EQ(stat((folder / "a" / "data").c_str(), &told), 0);
  EXPECT_EQ(told.st_mode & 0777u, 0700u);
}

TEST_F(data_folder_test, is_refused_if_others_may_look_or_it_is_a_link) {
  fs::create_directory(folder / "open");
  chmod((folder / "open").c_str(), 0750);
  prepare_data_folder(folder / "open", wrong);
  EXPECT_TRUE(complains_of("0700")) << complaint();
  wrong.clear();
  fs::create_directory_symlink(folder / "open", folder / "link");
  prepare_data_folder(folder / "link", wrong);
  EXPECT_TRUE(complains_of("no folder")) << complaint();
}

TEST_F(data_folder_test, keeps_a_secret_that_it_made) {
  auto made = read_or_make_secret(folder / "key", "auth.secret_file", wrong);
  auto again = read_or_make_secret(folder / "key", "auth.secret_file", wrong);
  EXPECT_EQ(complaint(), "");
  ASSERT_TRUE(made);
  EXPECT_EQ(made, again);
  EXPECT_EQ(made->size(), 86u);
}

TEST_F(data_folder_test, refuses_weak_missing_and_readable_secrets_and_never_shows_them) {
  struct row {
    const char* text;
    const char* word;
  };
  for (auto& [text, word] :
       {row{"s3cret!", "shorter"}, row{"", "shorter"},
        row{"your_jwt_secret_here_min_32_chars", "default"},
        row{"ababababababababababababababababababab", "different"}}) {
    wrong.clear();
    fs::remove(folder / "key");
    ASSERT_TRUE(write_private_file(folder / "key", text));
    EXPECT_FALSE(read_secret(folder / "key", "auth.secret_file", wrong));
    EXPECT_TRUE(complains_of(word)) << complaint();
    if (*text != '\0') {
      EXPECT_FALSE(complains_of(text)) << complaint();
    }
  }
  wrong.clear();
  EXPECT_FALSE(read_secret(folder / "none", "auth.secret_file", wrong));
  EXPECT_TRUE(complains_of("not there"));
  wrong.clear();
  chmod((folder / "key").c_str(), 0640);
  EXPECT_FALSE(read_secret(folder / "key", "auth.secret_file", wrong));
  EXPECT_TRUE(complains_of("0600"));
}

}  // namespace
}  // namespace stellwerk
