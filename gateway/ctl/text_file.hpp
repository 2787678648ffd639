#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace leafgate::ctl {

// The whole of a file, or of the standard input for "-". Nothing when it cannot be read.
[[nodiscard]] std::optional<std::string> read_text(const std::string& file);

// Without the blanks and line ends around it.
[[nodiscard]] std::string trimmed(std::string_view text);

// As a list is written: JSON, else CSV.
[[nodiscard]] bool looks_like_json(const std::string& text);

}  // namespace leafgate::ctl
