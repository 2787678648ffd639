#pragma once

#include <vector>

#include "gateway/ports/confirmations.hpp"
#include "store/writer.hpp"

namespace leafgate {

// In the table `registration`.
class SqliteConfirmations : public Confirmations {
 public:
  explicit SqliteConfirmations(Writer& writer) : writer_(writer) {}
  Task<Result<std::size_t>> confirm(std::vector<Confirmation> those, PoweredTime powered,
                                    WallTime wall) override;
  Task<Result<std::size_t>> keep_ends(std::vector<ShownEnds> those) override;

 private:
  Writer& writer_;
};

}  // namespace leafgate
