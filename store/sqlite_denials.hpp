#pragma once

#include "gateway/ports/denials.hpp"
#include "store/worker.hpp"
#include "store/writer.hpp"

namespace leafgate {

// The tables `deny_list`, `denial` and `operator_word`. A full disk does not keep a stolen leaf in: the
// reserve has room for them.
class SqliteDenials : public Denials {
 public:
  SqliteDenials(Writer& writer, Worker& reader) : writer_(writer), reader_(reader) {}

  Task<Result<StoredDenials>> load() override;
  Task<Result<void>> replace_list(HeldDenyList list, std::vector<Denial> entries) override;
  Task<Result<void>> put_local(Denial entry) override;
  Task<Result<bool>> remove_local(DenyKind kind, std::string value) override;
  Task<Result<void>> put_contest(Contest contest) override;
  Task<Result<void>> put_word(OperatorWord word) override;

 private:
  Writer& writer_;
  Worker& reader_;
};

}  // namespace leafgate
