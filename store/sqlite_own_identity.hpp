#pragma once

#include "gateway/ports/own_identity.hpp"
#include "store/worker.hpp"
#include "store/writer.hpp"

namespace leafgate {

// The one row of the table `own_identity`.
class SqliteOwnIdentity : public OwnIdentityStore {
 public:
  SqliteOwnIdentity(Writer& writer, Worker& reader) : writer_(writer), reader_(reader) {}

  Task<Result<std::optional<OwnIdentity>>> load() override;
  Task<Result<void>> save(OwnIdentity identity) override;

 private:
  Writer& writer_;
  Worker& reader_;
};

}  // namespace leafgate
