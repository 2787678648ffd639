#include "store/sqlite_confirmations.hpp"

#include "store/registration_rows.hpp"

namespace leafgate {

Task<Result<std::size_t>> SqliteConfirmations::confirm(std::vector<Confirmation> those, PoweredTime powered,
                                                       WallTime wall) {
  std::size_t confirmed = 0;
  auto write = [&](Connection& connection) -> Result<std::size_t> {
    confirmed = 0;
    for (const Confirmation& one : those) {
      const auto done = registration_rows::confirm(connection, one, powered, wall);
      if (!done) return done.error();
      if (*done) ++confirmed;
    }
    return confirmed;
  };
  co_return co_await writer_.write(write, Room::frees);
}

Task<Result<std::size_t>> SqliteConfirmations::keep_ends(std::vector<ShownEnds> those) {
  std::size_t kept = 0;
  auto write = [&](Connection& connection) -> Result<std::size_t> {
    kept = 0;
    for (const ShownEnds& one : those) {
      const auto done = registration_rows::keep_ends(connection, one);
      if (!done) return done.error();
      if (*done) ++kept;
    }
    return kept;
  };
  co_return co_await writer_.write(write, Room::needs);
}

}  // namespace leafgate
