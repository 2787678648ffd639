#pragma once

#include "gateway/ports/link_identity.hpp"
#include "store/worker.hpp"
#include "store/writer.hpp"

namespace leafgate {

// The one row of the table `link_identity`.
class SqliteLinkIdentity : public LinkIdentityStore {
 public:
  SqliteLinkIdentity(Writer& writer, Worker& reader) : writer_(writer), reader_(reader) {}

  Task<Result<std::optional<SealedKey>>> load() override;
  Task<Result<void>> save(SealedKey key) override;

 private:
  Writer& writer_;
  Worker& reader_;
};

}  // namespace leafgate
