#pragma once

#include <string>

#include "gateway/model/result.hpp"

namespace leafgate {

// The whole of a file that an operator names: a key, a signature. Errors name it: not_found (cannot be read,
// or is empty), too_large (above `most` octets).
Result<std::string> read_small_file(const std::string& path, std::size_t most);

}  // namespace leafgate
