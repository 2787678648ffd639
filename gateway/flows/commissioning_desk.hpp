#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/flows/audited.hpp"
#include "gateway/flows/commissioning.hpp"
#include "gateway/flows/doors.hpp"
#include "gateway/flows/forward.hpp"
#include "gateway/flows/ledger.hpp"

namespace leafgate {

// The commissioning list, kept in memory and compared with what the gateway has seen whenever it is asked
// for. Lives on the first loop; may be asked from any.
class CommissioningDesk : public CommissioningOperator {
 public:
  // All outlive it.
  struct Ports {
    Expectations& expectations;
    Enrollments& enrollments;
    Registrations& registrations;
    Ledger& ledger;
    Forwarder& forwarder;
    Doors& doors;
    Audited audited;
    Executor pool;  // compares
  };
  CommissioningDesk(Executor first_loop, Ports ports) : first_loop_(first_loop), ports_(std::move(ports)) {}

  // Before anything is asked. Errors: the store's.
  Task<Result<void>> load();

  [[nodiscard]] std::string label_of(std::string_view key) const override;
  [[nodiscard]] std::string label_at(std::string_view source) const override;
  Task<Result<ExpectedPage>> expected(ExpectedFilter filter) override;
  Task<Result<void>> expect(std::vector<ExpectedLeaf> leaves, Actor who) override;
  Task<Result<void>> clear_expected(Actor who) override;
  // Ends a look at all leaves, with `stopped`. First loop.
  void stop() { stopping_ = true; }

 private:
  Task<Result<ExpectedPage>> expected_here(ExpectedFilter filter);
  Task<Result<void>> replace(std::vector<ExpectedLeaf> leaves);
  Task<Result<void>> clear();
  Task<Result<SightingsByKey>> sightings();
  void add_record(SightingsByKey& into, const RegistrationRecord& record) const;
  void add_claims(SightingsByKey& into) const;
  void keep(std::vector<ExpectedLeaf> leaves);

  Executor first_loop_;
  Ports ports_;
  bool stopping_ = false;
  // Replaced as a whole, never changed: a comparison goes on with the one it began with.
  std::shared_ptr<const ExpectedByKey> expected_ = std::make_shared<ExpectedByKey>();
  std::map<std::string, std::string, std::less<>> label_at_;  // by place
};

}  // namespace leafgate
