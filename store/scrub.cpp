#include "store/scrub.hpp"

#include "store/schema_copy.hpp"

namespace leafgate {
namespace {

Result<void> rewrite(Connection& connection) {
  // Into a file that has no name, not into memory: the database may be larger than that.
  auto done = connection.execute("PRAGMA temp_store=FILE");
  if (done) done = connection.execute("VACUUM");
  const auto back = connection.execute("PRAGMA temp_store=MEMORY");
  if (done && !back) return back;
  return done;
}

}  // namespace

Result<void> scrub(Connection& connection, const std::string& path, const std::string& reserve) {
  forget_all_copies(path);
  auto done = rewrite(connection);
  if (!done && done.error().code == Errc::store_full) {
    Reserve(reserve).give_back();
    done = rewrite(connection);
  }
  // What was written to the log in vain goes, too.
  const auto left = connection.checkpoint(true);
  if (!done) return done;
  if (!left) return left.error();
  if (*left != 0) return Error(Errc::throttled, "the log is in use");
  return {};
}

}  // namespace leafgate
