#pragma once

#include <string>

#include "gateway/ports/self_test.hpp"

namespace leafgate::selftest {

// How the disk under the state folder is: writes and syncs a file of 4 KiB there three times, and takes it
// away. Blocking: call by offload. Errors: store_fault, store_full.
Result<DiskFacts> look_at_disk(const std::string& folder);

}  // namespace leafgate::selftest
