#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "gateway/flows/admit.hpp"
#include "gateway/flows/audited.hpp"
#include "gateway/flows/census.hpp"
#include "gateway/flows/dated.hpp"
#include "gateway/flows/doors.hpp"
#include "gateway/flows/forward.hpp"
#include "gateway/flows/group_keys.hpp"
#include "gateway/ports/expectations.hpp"
#include "gateway/ports/operator.hpp"
#include "gateway/ports/receipt_log.hpp"
#include "gateway/ports/site_state.hpp"

namespace leafgate {

constexpr std::size_t desk_rows = 1000;  // at most, of any list at once

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
  std::function<SiteNames()> names;
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
  AuditLog& audit;
  EventSink& events;
  const Passes* passes = nullptr;   // what came by toward hubs; null: nothing is passed through
  GroupKeys* group_keys = nullptr;  // keys of groups go through it; null: they are sealed like any other
  ReceiptLog* receipts = nullptr;   // null: none is kept
};

// Answers the engineer: what is, and why; and does what he asks for (semantics §7). Lives on the first loop;
// may be asked from any.
class Desk : public Operator {
 public:
  Desk(Executor first_loop, DeskPorts ports, GatewayFacts facts);

  // On reload; first loop.
  void set_names(std::string name, std::string site, std::map<std::string, std::string> labels);
  // A door more than the facts told of; first loop.
  void listens(std::string where) { facts_.listening.push_back(std::move(where)); }

  // By what people call leaves they can be looked for too; null: by nothing. First loop; outlives it.
  void set_labels(const Labels* labels) { labels_ = labels; }

  // What it does in the background. Until stop().
  Task<void> run() { return census_.run(); }
  void stop() {
    stopping_ = true;  // who goes through all leaves goes no further
    census_.stop();
  }
  [[nodiscard]] const LeafCounts& last_counts() const { return census_.last_counts(); }  // first loop

  // What of store and clock degrades the gateway, since when by these looks. At regular times; first loop.
  std::vector<DegradedMode> look();

  // For the figures; first loop.
  [[nodiscard]] const Census& census() const { return census_; }

  Task<StatusReport> status() override;
  Task<Result<DevicePage>> devices(DeviceFilter filter) override;
  Task<Result<Explanation>> explain(RegistrationId id) override;
  Task<Result<ReceiptProof>> receipt(RegistrationId id) override;
  Task<Result<Checkpoint>> checkpoint() override;
  Task<Result<StrangerRow>> explain_address(std::string address) override;
  Task<std::vector<StrangerRow>> strangers() override;
  Task<QueueList> queue(std::size_t limit) override;
  Task<SiteNames> names() override;
  Task<Result<ImportReport>> import(std::vector<ImportItem> items, Actor who) override;
  Task<Result<std::vector<Enrollment>>> enrollments(EnrollmentKind kind, std::string after,
                                                    std::size_t limit) override;
  Task<Result<std::vector<Enrollment>>> enrollment(std::string id) override;
  Task<Result<void>> remove_enrollment(std::optional<EnrollmentKind> kind, std::string id,
                                       Actor who) override;
  Task<Result<void>> refresh(RegistrationId id, Actor who) override;
  Task<Result<void>> forget(RegistrationId id, Actor who) override;
  Task<Result<void>> retry(RegistrationId id, Actor who) override;
  Task<Result<void>> drop(RegistrationId id, Actor who) override;
  Task<Result<AuditPage>> audit(WallTime since, std::int64_t after, std::size_t limit) override;

 private:
  // On the first loop:
  Task<StatusReport> status_here();
  Task<Result<DevicePage>> devices_here(DeviceFilter filter);
  Task<Result<Explanation>> explain_here(RegistrationId id);
  Task<Result<std::optional<ReceiptProof>>> find_receipt(RegistrationId id);
  Task<Result<ReceiptProof>> receipt_here(RegistrationId id);
  Task<Result<Checkpoint>> checkpoint_here();
  Task<Result<StrangerRow>> explain_address_here(std::string address);
  Task<std::vector<StrangerRow>> strangers_here();
  Task<QueueList> queue_here(std::size_t limit);
  static QueueRow queue_row(const OpenOperation& operation, WallTime now);
  static WallTime queued_at(const OpenOperation& operation, WallTime now);
  Task<Result<std::vector<Enrollment>>> enrollment_here(std::string id);
  Task<Result<void>> import_here(std::vector<ImportItem>& items, std::vector<std::string>& notes);
  Task<Result<void>> keep_the_rest(ImportItem& item, std::vector<std::string>& notes,
                                   std::vector<std::string>& by_another);
  Task<Result<void>> remove_here(std::optional<EnrollmentKind> kind, std::string id);
  Task<Result<void>> forget_here(RegistrationId id);
  Task<Result<void>> retry_here(RegistrationId id);
  Task<Result<void>> drop_here(RegistrationId id);
  [[nodiscard]] std::vector<DegradedMode> own_modes() const;
  void add_degraded_modes(StatusReport& report);
  [[nodiscard]] std::string without_time() const;
  Task<Result<bool>> takes_its_keys_away(const Enrollment& said);
  Task<Result<void>> spell_as_held(Enrollment& enrollment);
  Task<Result<void>> seal_keys(ImportItem& item);
  Task<Result<void>> seal_key(const ImportItem& item, const std::string& text, std::optional<SealedKey> held,
                              std::optional<SealedKey>& into);
  Task<void> forget_derived(std::vector<Enrollment> groups);
  static Result<void> refuse_ended(const ImportItem& item, WallReading now);

  Executor first_loop_;
  DeskPorts ports_;
  GatewayFacts facts_;
  Census census_;
  const Labels* labels_ = nullptr;
  Audited audited_;
  std::map<Reason, Dated> first_seen_;  // what look() has seen, and last still
  bool stopping_ = false;
};

}  // namespace leafgate
