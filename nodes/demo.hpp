#pragma once

#include <string>
#include <vector>

#include "actors/model/devices.hpp"

namespace stellwerk {

/// The devices of a demo site: two tanks of the simulated plant on 127.0.0.1:15020, a simulated
/// weather station, and one device without hardware that anybody may write to.
std::vector<device_fields> demo_devices();

}  // namespace stellwerk
