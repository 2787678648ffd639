#pragma once

#include <memory>
#include <string>

#include "gateway/flows/sync.hpp"
#include "tests/fakes/fake_confirmations.hpp"
#include "tests/fakes/fake_enrollment_sync.hpp"
#include "tests/fakes/fake_service_list.hpp"
#include "tests/fakes/site.hpp"

namespace leafgate {

// A gateway that keeps its enrollments as the service's list has them, in virtual time. What is stored and
// the service outlive a restart.
struct SyncSite {
  Site site;
  FakeServiceList list;
  FakeEnrollmentSync store{site.enrollments, site.registrations};
  FakeConfirmations confirmations{site.registrations};
  SyncOptions options;
  double per_minute = 600;
  std::size_t most_to_learn = Whereabouts::most_waiting;

  struct Running {
    explicit Running(SyncSite& of)
        : pace(of.per_minute),
          findings(of.site.running->ports),
          whereabouts(of.site.simulator.executor(),
                      {of.site.registrations, of.confirmations, of.site.running->ledger, findings,
                       of.site.running->forwarder, of.site.running->meter, of.site.clock},
                      {}, of.most_to_learn),
          sync(of.site.simulator.executor(),
               {of.list, of.store, of.site.running->ledger, of.site.trust, nullptr, whereabouts,
                of.site.running->forwarder, of.site.clock, of.site.running->meter, pace},
               of.options) {}
    ApiPace pace;
    Findings findings;
    Whereabouts whereabouts;
    Sync sync;
  };
  std::unique_ptr<Running> running;

  SyncSite() { options.every = std::chrono::hours(6); }
  ~SyncSite() { stop(); }
  void start() {
    running = std::make_unique<Running>(*this);
    site.running->time_watch.on_change([this] {
      if (running) running->sync.time_is_known();
    });
    site.simulator.spawn(running->sync.run());
  }
  void stop() {
    if (!running) return;
    site.running->time_watch.on_change({});
    running->sync.stop();
    site.simulator.run_for(Millis(1));
    running.reset();
  }
  void restart() {
    stop();
    site.restart();
    start();
  }
  Sync& sync() { return running->sync; }
  void pass(Millis time) { site.simulator.run_for(time); }
  // Until nothing is left to do, at most so long.
  bool settles(Millis patience = std::chrono::hours(2)) {
    const TimePoint end = site.simulator.now() + patience;
    while (site.simulator.now() < end) {
      pass(std::chrono::seconds(1));
      if (sync().report().phase == SyncPhase::idle && sync().report().runs > 0) return true;
    }
    return false;
  }

  static std::string text_of(const std::map<std::string, Enrollment>& rows) {
    std::string out;
    for (const auto& [id, e] : rows)
      out += id + "/" + e.etag + (e.origin == EnrollmentOrigin::service ? " " : "! ");
    return out;
  }
  [[nodiscard]] std::string held() const {
    return text_of(site.enrollments.group_rows) + "| " + text_of(site.enrollments.individuals);
  }
  [[nodiscard]] std::string listed() {
    std::string out;
    for (const auto& [id, row] : list.groups) out += id + "/" + row.listed.enrollment.etag + " ";
    out += "| ";
    for (const auto& [id, row] : list.individuals) out += id + "/" + row.listed.enrollment.etag + " ";
    return out;
  }
  [[nodiscard]] std::string key_of(const std::string& id) const {
    const auto& key = site.enrollments.individuals.at(id).primary_key;
    return key ? key->blob.substr(key->blob.find('|') + 1) : std::string();
  }

  static RegistrationState assigned(const std::string& id,
                                    const std::string& hub = "hub1.azure-devices.net") {
    RegistrationState state;
    state.http_status = 200;
    state.status = RegistrationStatus::assigned;
    state.registration_id = id;
    state.assigned_hub = hub;
    state.device_id = id;
    state.etag = "s1";
    state.state = R"({"registrationId":")" + id + R"(","status":"assigned","assignedHub":")" + hub + "\"}";
    return state;
  }
};

}  // namespace leafgate
