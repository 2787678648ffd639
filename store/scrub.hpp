#pragma once

#include <string>

#include "gateway/model/result.hpp"
#include "store/connection.hpp"
#include "store/reserve.hpp"

namespace leafgate {

// Cleans what secrets may have left behind that are sealed now: copies of before a migration, free pages and
// what is free in pages, the log. Wants as much room as the database takes, once more; without it the pages
// stay as they are. Nobody else uses the database meanwhile. Errors: store_full (the reserve was given for
// it, and was not enough), and others; the database is whole in any case.
Result<void> scrub(Connection& connection, const std::string& path, const std::string& reserve);

}  // namespace leafgate
