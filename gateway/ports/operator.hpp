#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/model/enrollment.hpp"
#include "gateway/model/receipt.hpp"
#include "gateway/model/registration.hpp"
#include "gateway/model/result.hpp"
#include "gateway/ports/audit_log.hpp"
#include "gateway/ports/registrations.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate {

// A degraded mode by name, with its consequence in one line ("service-unreachable": "known leaves are
// answered...").
struct DegradedMode {
  Reason reason = Reason::none;
  std::string consequence;
  WallTime since{};
};

struct StatusReport {
  std::string version;
  std::string name;  // of this gateway, and its site and labels
  std::string site;
  std::map<std::string, std::string> labels;
  std::string id_scope;
  Millis up_for{};
  std::string service;       // host:port
  bool service_up = false;   // unknown counts as up until proven otherwise
  WallTime service_since{};  // of the present state
  std::string clock;         // quality
  std::string secrets;       // protection
  std::size_t enrollments = 0;
  // Counts of leaves; where there are many, of a moment ago.
  std::size_t registrations = 0;
  std::size_t assigned = 0;
  std::size_t outbox = 0;
  Millis outbox_oldest{};                 // age of its oldest row
  std::size_t offline_ready = 0;          // leaves that would be answered if the uplink went now
  std::size_t offline_not_ready = 0;      // those that would not
  Millis counted_ago{};                   // how old these counts are
  double pace_per_minute = 0;             // registrations that may go to the service now
  std::size_t connections = 0;            // of leaves, open now
  std::uint64_t answered_from_cache = 0;  // since start
  std::uint64_t forwarded = 0;
  std::uint64_t refused = 0;
  std::int64_t store_writes = 0;
  std::int64_t store_size = 0;
  std::vector<std::string> listening;                             // "mqtt 0.0.0.0:8883"
  std::vector<std::pair<std::string, Millis>> certificates_left;  // name, time until it ends
  std::vector<DegradedMode> degraded;
};

// A leaf in a list.
struct DeviceRow {
  std::string registration_id;
  RegistrationStatus status =
      RegistrationStatus::unassigned;  // assigning when in the outbox, unless told ahead
  std::string assigned_hub;
  std::string device_id;
  Reason reason = Reason::none;
  bool offline = false;              // would be answered if the uplink went now
  WallTime last_seen{};              // of the newest note that is of the leaf itself
  std::optional<Millis> trust_left;  // how long its assignment may still be answered without the service
};

struct DeviceFilter {
  std::optional<RegistrationStatus> state;
  std::string match;               // part of the registrationId or hub, ignoring case
  std::optional<Millis> expiring;  // only those with less trust left than this
  std::string after;               // registrationId
  std::size_t limit = 100;         // at most 1,000
};

struct DevicePage {
  std::vector<DeviceRow> rows;
  std::string next;  // give it as `after`; empty at the end
};

// What the service still has to hear about one leaf.
struct QueueRow {
  std::string registration_id;
  std::string operation_id;
  ForwardClass forward_class = ForwardClass::waiting_now;
  std::string state;             // "ready", "delayed", "in-flight", "writing"
  Reason reason = Reason::none;  // why it waits: the last trouble, else why it was queued
  std::string trouble;           // its words
  WallTime queued_at{};
  Millis age{};
  std::int32_t tries = 0;
  bool durable = false;               // it outlives a restart
  std::optional<Millis> next_try_in;  // while delayed
};

struct Explanation {
  DeviceRow device;
  std::string enrollment;  // "individual ID", "group ID", or empty
  Mechanism mechanism = Mechanism::none;
  std::optional<Assignment> assignment;
  std::optional<Outcome> outcome;
  std::optional<QueueRow> queued;        // its row in the outbox
  Reason without_uplink = Reason::none;  // what it would be told if the uplink went now
  // Where hubs are passed on to: when a connection of its address to its hub last came by, since the start;
  // and never_seen_toward_its_hub once it had the time to and none came. Neither while nothing can be said.
  std::optional<WallTime> hub_seen;
  Reason toward_hub = Reason::none;
  // The entry that earned its assignment, else its newest one, where the log still has it.
  std::optional<ReceiptProof> receipt;
  std::vector<AttemptNote> notes;  // oldest first
};

// What a source without a readable id did at the doors.
struct StrangerRow {
  std::string address;
  std::vector<AttemptNote> notes;
  std::uint64_t events = 0;
};

struct QueueList {
  std::vector<QueueRow> rows;  // in the order they go
  std::size_t all = 0;
};

// Which names the leaves' resolver must lead to this gateway.
struct SiteName {
  std::string name;  // lower case
  std::string use;   // "service", "certificate" ([[tls.extra]]), "hub" (handed out here), "neighbour"
};
struct SiteNames {
  std::vector<SiteName> names;
  std::vector<std::string> addresses;  // of this gateway, where leaves are awaited: numeric
};

// Inward: all that the engineer may ask. Any loop; answers on the caller's. Who changes something stands in
// the audit log before it is done; what cannot be written there is not done.
class Operator {
 public:
  virtual ~Operator() = default;
  virtual Task<StatusReport> status() = 0;
  virtual Task<Result<DevicePage>> devices(DeviceFilter filter) = 0;
  virtual Task<Result<Explanation>> explain(RegistrationId id) = 0;  // not_found when nothing at all is known
  // The word that was given with what is stored of a leaf. Errors: not_found.
  virtual Task<Result<ReceiptProof>> receipt(RegistrationId id) = 0;
  // The newest of the log of receipts. Errors: not_found while there is none.
  virtual Task<Result<Checkpoint>> checkpoint() = 0;
  virtual Task<Result<StrangerRow>> explain_address(std::string address) = 0;
  virtual Task<std::vector<StrangerRow>> strangers() = 0;  // latest first
  virtual Task<QueueList> queue(std::size_t limit) = 0;    // at most 1,000 rows
  virtual Task<SiteNames> names() = 0;
  // Keys arrive unsealed and are sealed by the flow. All or nothing.
  struct ImportItem {
    Enrollment enrollment;
    std::string primary_key;  // base64 as in the file; empty when absent
    std::string secondary_key;
    std::optional<WallTime> ends;  // of its certificates; not imported when that is past
    // Nothing but certificates was said: of an x509 enrollment that is held the rest stays, disabled or not,
    // and where they are those it trusts already (their octets are added), or CAs that the service names for
    // it, it does not count as changed.
    bool certificates_alone = false;
    std::string ca;  // which of those it is that comes alone, as the service names it; empty: nobody said
  };
  struct ImportReport {
    std::size_t count = 0;
    std::vector<std::string> notes;  // in words: what was here already, and what is trusted no more
  };
  // Errors: conflict (certificates alone for what is enrolled by something else, or one of two CAs and nobody
  // says which), refused, not_found (the service names no such CA), the store's and Trust's.
  virtual Task<Result<ImportReport>> import(std::vector<ImportItem> items, Actor who) = 0;
  virtual Task<Result<std::vector<Enrollment>>> enrollments(EnrollmentKind kind, std::string after,
                                                            std::size_t limit) = 0;
  // Those of this name: an individual one, a group, or both. Errors: not_found.
  virtual Task<Result<std::vector<Enrollment>>> enrollment(std::string id) = 0;
  // Errors: not_found; conflict when both kinds have this name and none is given.
  virtual Task<Result<void>> remove_enrollment(std::optional<EnrollmentKind> kind, std::string id,
                                               Actor who) = 0;

  // What a leaf may need by hand; see Forwarder. Errors: not_found when there is nothing to do it to.
  virtual Task<Result<void>> refresh(RegistrationId id, Actor who) = 0;
  virtual Task<Result<void>> forget(RegistrationId id, Actor who) = 0;
  virtual Task<Result<void>> retry(RegistrationId id, Actor who) = 0;
  virtual Task<Result<void>> drop(RegistrationId id, Actor who) = 0;

  virtual Task<Result<AuditPage>> audit(WallTime since, std::int64_t after, std::size_t limit) = 0;
};

}  // namespace leafgate
