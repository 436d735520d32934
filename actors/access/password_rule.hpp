#pragma once

#include <string_view>

#include "actors/model/error.hpp"

namespace stellwerk {

/// What is wrong with a new password (field `password`; the value is never repeated): 8 to 100
/// code points of printable Unicode, not one that everybody tries, not the user's name or the part
/// of the address before `@`, nor containing it.
problems check_new_password(
    std::string_view password, std::string_view username, std::string_view email
);

/// One that is tried first by whoever guesses: a common word, also with digits and signs around it
/// or digits for letters; a walk over the keyboard or the alphabet; few letters again and again;
/// up to eleven digits.
bool is_commonplace(std::string_view password);

}  // namespace stellwerk
