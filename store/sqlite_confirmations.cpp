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

}  // namespace leafgate
