#include <boost/regex.hpp>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

#include "tests/house_rules.hpp"

namespace stellwerk::house {

namespace {

/// Reads code bracket by bracket and judges each statement at its end.
class statement_reader {
 public:
  explicit statement_reader(const std::string& code) : code_(code) {}

  std::vector<breach> read() {
    for (at_ = 0; at_ < code_.size(); ++at_) step();
    end_statement();
    return std::move(found_);
  }

 private:
  struct frame {  // what is known of the statement that is being read
    std::size_t parentheses = 0;
    std::size_t braces = 0;  // open initialisers
    std::size_t awaited_at = std::string::npos;
    bool has_brace = false;
  };

  void step() {
    auto& now = frames_.back();
    switch (code_[at_]) {
      case '(':
        ++now.parentheses;
        break;
      case ')':
        if (now.parentheses > 0) --now.parentheses;
        break;
      case ';':
        end_statement();
        break;
      case '{':
        open_brace();
        break;
      case '}':
        close_brace();
        break;
      case 'c':
        if (std::string_view(code_).substr(at_).starts_with("co_await")) now.awaited_at = at_;
        break;
      default:
        break;
    }
  }

  void open_brace() {
    bool block = opens_block();
    if (block && frames_.back().parentheses == 0) end_statement();  // if (...) {, a function
    auto& now = frames_.back();
    now.has_brace = now.has_brace || now.parentheses > 0 || !block;
    if (block)
      frames_.emplace_back();
    else
      ++now.braces;
  }

  void close_brace() {
    if (frames_.back().braces > 0) {
      --frames_.back().braces;
      return;
    }
    end_statement();
    if (frames_.size() > 1) frames_.pop_back();
  }

  void end_statement() {
    auto& now = frames_.back();
    if (now.has_brace && now.awaited_at != std::string::npos)
      found_.push_back({now.awaited_at, "'{' in a statement with co_await: name the value first"});
    now.awaited_at = std::string::npos;
    now.has_brace = false;
  }

  /// A block or the body of a lambda, as opposed to an initialiser.
  bool opens_block() const {
    static const boost::regex before_block(
        R"((\s|\b(const|noexcept|mutable|override|final|else|do|try)\b)*(->[^=]*)?|[^=?(]*:\s*)"
        R"(|\s*(inline\s+)?(namespace|struct|class|enum|union|extern)\b.*)"
    );
    if (at_ == 0) return true;
    auto from = code_.find_last_of(";{})]", at_ - 1);
    from = from == std::string::npos ? 0 : from + 1;
    return boost::regex_match(code_.substr(from, at_ - from), before_block);
  }

  const std::string& code_;
  std::size_t at_ = 0;
  std::vector<frame> frames_ = std::vector<frame>(1);
  std::vector<breach> found_;
};

}  // namespace

std::vector<breach> miscompiled_awaits(const source& file, const tree&) {
  auto found = statement_reader(file.code).read();
  static const boost::regex choice(R"(\?[^;{}]*\bco_await)");
  for (boost::sregex_iterator hit(file.code.begin(), file.code.end(), choice), end; hit != end;
       ++hit)
    found.push_back(
        {static_cast<std::size_t>(hit->position()), "? co_await: choose the awaitable first"}
    );
  return found;
}

}  // namespace stellwerk::house
