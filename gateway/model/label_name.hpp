#pragma once

#include <string>
#include <string_view>

namespace leafgate {

// A text as the name of a label of a metric: what may not stand in one becomes '_'.
[[nodiscard]] std::string label_name(std::string_view text);

}  // namespace leafgate
