#include "actors/model/error.hpp"

#include <caf/deep_to_string.hpp>

namespace stellwerk {

namespace {

constexpr caf::atom_value category = caf::detail::error_factory<errc>::category;

const errc_row* ours(const caf::error& why) {
  if (why.category() != category || why.code() == 0 || why.code() > errc_table.size())
    return nullptr;
  return &errc_table[why.code() - 1u];
}

}  // namespace

std::string render(const caf::error& why) {
  if (!why) return "none";
  auto* row = ours(why);
  auto text = row != nullptr
                  ? std::string{row->name}
                  : caf::to_string(why.category()) + " " + std::to_string(int{why.code()});
  auto& context = why.context();
  if (context.match_elements<std::string>()) return text + ": " + context.get_as<std::string>(0);
  if (!context.match_elements<problems>()) return text;
  for (auto& one : context.get_as<problems>(0)) text += "; " + one.path + ": " + one.message;
  return text;
}

refusal refusal_of(const caf::error& why) {
  auto* row = ours(why);
  if (row == nullptr) return {errc::internal, std::string{row_of(errc::internal).title}, {}, 0};
  refusal told{row->code, std::string{row->title}, {}, 0};
  auto& context = why.context();
  if (context.match_elements<std::string>()) told.detail = context.get_as<std::string>(0);
  if (context.match_elements<problems>()) told.errors = context.get_as<problems>(0);
  if (context.match_elements<std::uint32_t>())
    told.retry_after_s = context.get_as<std::uint32_t>(0);
  return told;
}

}  // namespace stellwerk
