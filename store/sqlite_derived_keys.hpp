#pragma once

#include "gateway/ports/derived_keys.hpp"
#include "store/worker.hpp"
#include "store/writer.hpp"

namespace leafgate {

// The table `derived_key`.
class SqliteDerivedKeys : public DerivedKeys {
 public:
  SqliteDerivedKeys(Writer& writer, Worker& reader) : writer_(writer), reader_(reader) {}

  Task<Result<std::vector<DerivedKey>>> find(std::vector<std::string> enrollments,
                                             std::vector<std::string> ids) override;
  Task<Result<void>> put(DerivedKey key) override;
  Task<Result<std::size_t>> keep_only(std::string enrollment, std::vector<std::string> group_keys) override;

 private:
  Writer& writer_;
  Worker& reader_;
};

}  // namespace leafgate
