#pragma once

#include <string>
#include <string_view>

namespace stellwerk {

/// What an address is counted as: IPv4 as it is (also when mapped into IPv6), IPv6 by its /64, as
/// `2001:db8:1:2::/64`. Text that is no address stands for itself.
std::string limit_key(std::string_view address);

/// 127.0.0.0/8 and ::1.
bool is_loopback(std::string_view address);

}  // namespace stellwerk
