#pragma once

#include <string>
#include <vector>

#include "gateway/model/result.hpp"

namespace leafgate {

// Which of these files a user of this system cannot read, with the groups it is in. Found out by trying it as
// that user, so that folders on the way and access lists count too. For root, in a process of one thread.
// Errors: not_found (no such user), refused (not root), internal.
[[nodiscard]] Result<std::vector<std::string>> unreadable_for(const std::string& user,
                                                              const std::vector<std::string>& files);

}  // namespace leafgate
