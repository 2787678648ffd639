#pragma once

#include <string_view>

#include "gateway/model/ids.hpp"
#include "gateway/ports/random.hpp"
#include "gateway/ports/trust.hpp"

namespace leafgate {

// operationIds in the look of the service, `5.<16 hex>.<guid>` (semantics §4). Those of answers that write
// nothing are computed under the store's secret, so that a poll after a restart still finds them: the 16 hex
// name the leaf and the kind, the guid names the assignment.
class OperationIds {
 public:
  OperationIds(Trust& trust, Random& random) : trust_(trust), random_(random) {}

  [[nodiscard]] OperationId fresh();  // for an outbox row

  [[nodiscard]] OperationId of_cached(std::string_view registration_key, std::string_view assignment_etag);
  // True for any operation that of_cached gave for this leaf, also by an assignment that was refreshed since.
  [[nodiscard]] bool is_cached(std::string_view registration_key, const OperationId& operation);

  [[nodiscard]] OperationId of_unwritten(std::string_view registration_key);
  [[nodiscard]] bool is_unwritten(std::string_view registration_key, const OperationId& operation);

 private:
  Trust& trust_;
  Random& random_;
};

}  // namespace leafgate
