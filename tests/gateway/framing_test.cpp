#include "gateway/framing.hpp"

#include <gtest/gtest.h>

namespace stellwerk::gateway {
namespace {

struct framing_case {
  const char* name;
  std::string head;
  std::optional<http_errc> fault;
};
void PrintTo(const framing_case& c, std::ostream* out) { *out << c.name; }

std::string head(std::string fields, std::string line = "GET / HTTP/1.1") {
  return line + "\r\nHost: a\r\n" + fields + "\r\n";
}

class framing_test : public testing::TestWithParam<framing_case> {};

TEST_P(framing_test, judges_a_head) { EXPECT_EQ(framing_fault(GetParam().head), GetParam().fault); }

constexpr auto bad = http_errc::bad_request;
INSTANTIATE_TEST_SUITE_P(
    all, framing_test,
    testing::ValuesIn(std::vector<framing_case>{
        {"plain", head(""), {}},
        {"many_fields", head("Accept: */*\r\nX-A: \tb c \r\nX-Empty:\r\n"), {}},
        {"utf_8_value", head("X-A: \xc3\xa4\r\n"), {}},
        {"length", head("Content-Length: 5\r\n"), {}},
        {"chunked", head("Transfer-Encoding: Chunked\r\n"), {}},
        {"version_1_0_without_host", "GET / HTTP/1.0\r\n\r\n", {}},
        {"no_host", "GET / HTTP/1.1\r\n\r\n", bad},
        {"two_hosts", head("host: b\r\n"), bad},
        {"other_version", head("", "GET / HTTP/2.0"), http_errc::version_unknown},
        {"lower_case_version", head("", "GET / http/1.1"), bad},
        {"no_version", head("", "GET /"), bad},
        {"two_blanks", head("", "GET  / HTTP/1.1"), bad},
        {"tab_in_line", head("", "GET\t/ HTTP/1.1"), bad},
        {"blank_at_end", head("", "GET / HTTP/1.1 "), bad},
        {"blank_in_target", head("", "GET /a b HTTP/1.1"), bad},
        {"method_no_token", head("", "G(T / HTTP/1.1"), bad},
        {"bare_lf_in_value", head("X-A: b\nX-B: c\r\n"), bad},
        {"bare_cr_in_value", head("X-A: b\rc\r\n"), bad},
        {"nul_in_value", head(std::string("X-A: b") + '\0' + "\r\n"), bad},
        {"control_in_value", head("X-A: b\x01\r\n"), bad},
        {"blank_before_colon", head("X-A : b\r\n"), bad},
        {"folded", head("X-A: b\r\n c\r\n"), bad},
        {"empty_name", head(": b\r\n"), bad},
        {"no_colon", head("X-A\r\n"), bad},
        {"name_no_token", head("X(A: b\r\n"), bad},
        {"two_lengths", head("Content-Length: 5\r\nContent-Length: 5\r\n"), bad},
        {"listed_lengths", head("Content-Length: 5, 5\r\n"), bad},
        {"signed_length", head("Content-Length: +5\r\n"), bad},
        {"negative_length", head("Content-Length: -5\r\n"), bad},
        {"hexadecimal_length", head("Content-Length: 0x5\r\n"), bad},
        {"empty_length", head("Content-Length:\r\n"), bad},
        {"endless_length", head("Content-Length: 99999999999999999999\r\n"), bad},
        {"length_and_coding", head("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), bad},
        {"coding_in_1_0", "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", bad},
        {"two_codings", head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), bad},
        {"other_coding", head("Transfer-Encoding: gzip\r\n"), http_errc::method_unknown},
        {"listed_codings", head("Transfer-Encoding: gzip, chunked\r\n"), http_errc::method_unknown},
    }),
    [](auto& p) { return p.param.name; }
);

TEST(to_origin_form, takes_a_path_or_an_absolute_form_for_this_host) {
  auto made = [](std::string target, http_method method = http_method::get) {
    return to_origin_form(target, "a:80", method) ? target : "none";
  };
  EXPECT_EQ(made("/x?y"), "/x?y");
  EXPECT_EQ(made("http://a:80/x?y"), "/x?y");
  EXPECT_EQ(made("https://a:80"), "/");
  EXPECT_EQ(made("*", http_method::options), "*");
  for (auto* other :
       {"*", "x", "", "http://b:80/x", "http://a/x", "ftp://a:80/x", "http://u@a:80/x"})
    EXPECT_EQ(made(other), "none") << other;
}

TEST(head_end, is_behind_the_empty_line) {
  EXPECT_EQ(head_end("GET / HTTP/1.1\r\nHost: a\r\n"), std::string_view::npos);
  EXPECT_EQ(head_end("a\r\n\r\nb"), 5u);
}

TEST(head_end, is_not_waited_for_if_no_byte_could_mend_what_came) {
  EXPECT_TRUE(is_hopeless("GET / HTTP/1.1\n"));
  EXPECT_TRUE(is_hopeless("\n"));
  EXPECT_TRUE(is_hopeless(std::string_view{"GET\0", 4}));
  EXPECT_FALSE(is_hopeless("GET / HTTP/1.1\r\nHost"));
}

}  // namespace
}  // namespace stellwerk::gateway
