#pragma once

#include <functional>
#include <string>

#include "gateway/model/result.hpp"
#include "store/connection.hpp"

namespace leafgate {

struct DatabaseOptions {
  std::string path;
  bool after_clean_stop = false;
  std::string vfs;  // empty: the system's
  // The start rule's way to the files; a test that models a page cache puts its own here.
  std::function<Result<void>(const std::string& path)> forget_pages;
};

// Opens the database by the start rule of reliability §2.4 and migrates it: after a clean stop at once; after
// anything else the cached pages of database and log are forgotten first and quick_check must pass. Errors:
// store_fault (the disk or the content is bad), store_full, conflict (made by a newer daemon).
Result<Connection> open_database(const DatabaseOptions& options);

// The row of what the gateway knows of itself, made at its first start.
Result<void> ensure_site(Connection& connection);

}  // namespace leafgate
