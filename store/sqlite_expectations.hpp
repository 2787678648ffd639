#pragma once

#include "gateway/ports/expectations.hpp"
#include "store/worker.hpp"
#include "store/writer.hpp"

namespace leafgate {

// The table `expected_leaf`.
class SqliteExpectations : public Expectations {
 public:
  SqliteExpectations(Writer& writer, Worker& reader) : writer_(writer), reader_(reader) {}

  Task<Result<std::vector<ExpectedLeaf>>> load() override;
  Task<Result<void>> replace(std::vector<ExpectedLeaf> leaves) override;

 private:
  Writer& writer_;
  Worker& reader_;
};

}  // namespace leafgate
