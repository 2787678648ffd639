#pragma once

#include <string>

#include <sys/types.h>

#include "gateway/model/result.hpp"

namespace leafgate::status {

// Ids of groups and users by their names. Blocking, and for long where they come from a directory (sssd,
// LDAP) that does not answer. `room` is for the answer at first; it grows for a group of many. Errors:
// not_found (there is none of this name), unreachable (whoever knows could not be asked).
[[nodiscard]] Result<gid_t> find_group(const std::string& name, std::size_t room = 16 * 1024);
[[nodiscard]] Result<uid_t> find_user(const std::string& name, std::size_t room = 16 * 1024);

}  // namespace leafgate::status
