#pragma once

#include <functional>
#include <string>
#include <vector>

#include "gateway/flows/admit.hpp"
#include "gateway/flows/doors.hpp"
#include "gateway/flows/forward.hpp"
#include "gateway/ports/operator.hpp"
#include "gateway/ports/site_state.hpp"

namespace leafgate {

// What is fixed about this gateway, and what only the application can see.
struct GatewayFacts {
  std::string version;
  std::string name;
  std::string site;
  std::map<std::string, std::string> labels;
  std::string service;  // host:port
  std::vector<std::string> listening;
  std::function<std::size_t()> connections;  // any thread
  std::function<std::vector<std::pair<std::string, Millis>>()> certificates_left;
  std::function<std::vector<DegradedMode>()> troubles;  // of certificates and configuration
};

struct DeskPorts {
  Enrollments& enrollments;
  Registrations& registrations;
  StoreMonitor& store;
  Ledger& ledger;
  Trust& trust;
  WallClock& clock;
  PoweredMeter& meter;
  Forwarder& forwarder;
  Admission& admission;
  Doors& doors;
};

// Answers the engineer: what is, and why (semantics §7). Lives on the first loop; may be asked from any.
class Desk : public Operator {
 public:
  Desk(Executor first_loop, DeskPorts ports, GatewayFacts facts);

  // On reload; first loop.
  void set_names(std::string name, std::string site, std::map<std::string, std::string> labels);

  Task<StatusReport> status() override;
  Task<Result<DevicePage>> devices(DeviceFilter filter) override;
  Task<Result<Explanation>> explain(RegistrationId id) override;
  Task<Result<StrangerRow>> explain_address(std::string address) override;
  Task<Result<std::size_t>> import(std::vector<ImportItem> items, std::string who) override;
  Task<Result<std::vector<Enrollment>>> enrollments(EnrollmentKind kind, std::string after,
                                                    std::size_t limit) override;

 private:
  Task<StatusReport> status_here();
  Task<Result<DevicePage>> devices_here(DeviceFilter filter);
  Task<Result<Explanation>> explain_here(RegistrationId id);
  Task<Result<StrangerRow>> explain_address_here(std::string address);
  Task<Result<std::size_t>> import_here(std::vector<ImportItem> items, std::string who);
  Task<Result<void>> count_leaves(StatusReport& report);
  void add_degraded_modes(StatusReport& report) const;
  Result<void> seal_keys(ImportItem& item);
  static Result<void> refuse_ended(const ImportItem& item, WallReading now);
  [[nodiscard]] DeviceRow device_row(const RegistrationRecord& record);
  [[nodiscard]] Millis trust_left(const Assignment& assignment) const;

  Executor first_loop_;
  DeskPorts ports_;
  GatewayFacts facts_;
};

}  // namespace leafgate
