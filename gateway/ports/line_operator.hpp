#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/model/bytes.hpp"
#include "gateway/model/result.hpp"
#include "gateway/ports/audit_log.hpp"
#include "gateway/ports/lines.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate {

// The serial lines in the order of the configuration, and the site's broker where one is named.
struct LineReport {
  std::vector<LineFacts> lines;
  std::optional<BrokerFacts> broker;
};

// Inward: all that the engineer may ask of the carriers of leaves without IP. Any loop; answers on the
// caller's. What changes something stands in the audit log before it is done.
class LineOperator {
 public:
  virtual ~LineOperator() = default;

  virtual Task<LineReport> line_report() = 0;
  // LinkVouchers::public_key. Errors: throttled (secrets are locked), the store's.
  virtual Task<Result<Bytes>> link_key() = 0;

  // Lines::release and Lines::claim. Errors: not_found, conflict, the audit log's.
  virtual Task<Result<void>> release_line(std::string name, Actor who) = 0;
  virtual Task<Result<void>> claim_line(std::string name, Actor who) = 0;
};

}  // namespace leafgate
