#pragma once

#include <string>

#include "gateway/flows/audited.hpp"
#include "gateway/ports/line_operator.hpp"
#include "gateway/ports/link_vouchers.hpp"

namespace leafgate {

// Answers the engineer about serial lines and broker, and does what he asks for. Lives on the first loop; may
// be asked from any.
class LineDesk : public LineOperator {
 public:
  // All outlive it.
  struct Ports {
    Lines& lines;
    LinkVouchers& vouchers;
    Audited audited;
  };
  LineDesk(Executor first_loop, Ports ports) : first_loop_(first_loop), ports_(std::move(ports)) {}

  Task<LineReport> line_report() override;
  Task<Result<Bytes>> link_key() override;
  Task<Result<void>> release_line(std::string name, Actor who) override;
  Task<Result<void>> claim_line(std::string name, Actor who) override;

 private:
  using Change = Task<Result<void>> (Lines::*)(std::string);

  Task<LineReport> report_here();
  Task<Result<void>> change(Change what, std::string name);

  Executor first_loop_;
  Ports ports_;
};

}  // namespace leafgate
