#pragma once

#include <optional>
#include <string>

#include "gateway/model/result.hpp"

namespace leafgate {

// The whole of a file that an operator names: a key, a signature. Errors name it: not_found (it is not there,
// not for this user, or empty), too_large (above `most` octets), internal (what passes, such as descriptors
// that are used up).
Result<std::string> read_small_file(const std::string& path, std::size_t most);

// Where this machine has no descriptor or no memory left to open the file with (internal): so for whoever
// reads it by a library that does not tell. Not that the disk cannot read it, which may never pass.
std::optional<Error> shortage_at(const std::string& path);

}  // namespace leafgate
