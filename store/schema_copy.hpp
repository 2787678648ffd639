#pragma once

#include <string>

#include "gateway/model/result.hpp"
#include "store/connection.hpp"

namespace leafgate {

// The copy of a database that is kept from before a migration: with it the program of then can be put back.
// It holds the same secrets and has the same mode (0600).

// Writes the whole database to `path`.before-<version>, durably. A file of that name is always whole: what a
// power cut interrupts is called .part, and the next try begins it anew. Errors: store_full, which says how
// much room is wanted, and store_fault; either leaves nothing behind.
Result<void> copy_before_migration(Connection& connection, const std::string& path, int version);

// Removes the copies of other versions than `kept`, and what was left of an interrupted one.
void forget_other_copies(const std::string& path, int kept);
// Removes them all: what they have in clear is sealed now.
void forget_all_copies(const std::string& path);

}  // namespace leafgate
