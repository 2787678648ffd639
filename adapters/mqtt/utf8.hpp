#pragma once

#include <string_view>

namespace leafgate::mqtt {

// True when `text` is a UTF-8 string as MQTT 3.1.1 §1.5.3 admits: shortest forms only, no surrogates, nothing
// above U+10FFFF, no U+0000.
[[nodiscard]] bool is_mqtt_text(std::string_view text);

}  // namespace leafgate::mqtt
