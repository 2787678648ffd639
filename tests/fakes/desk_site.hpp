#pragma once

#include <gtest/gtest.h>

#include "gateway/flows/desk.hpp"
#include "gateway/flows/events.hpp"
#include "tests/fakes/fake_audit_log.hpp"
#include "tests/fakes/site.hpp"

namespace leafgate {

// A site with an engineer's desk in it.
class DeskSite : public Site {
 public:
  FakeAuditLog audit_log;
  Events events;

  DeskSite() : store(*this) { open_desk(); }
  ~DeskSite() { close_desk(); }

  Desk& desk() { return *desk_; }
  GroupKeys& group_keys() { return *group_keys_; }

  // As an import does it: something was written.
  template <class... More>
  void enroll(const std::string& id, const More&... more) {
    Site::enroll(id, more...);
    ++enrollments.writes;
  }

  // Starts and ends with the rest.
  void open_desk() {
    group_keys_ = std::make_unique<GroupKeys>(
        GroupKeys::Ports{tpm, trust, random, enrollments, derived_keys, running->ledger});
    DeskPorts ports{enrollments,
                    registrations,
                    store,
                    running->ledger,
                    trust,
                    clock,
                    running->meter,
                    running->forwarder,
                    running->admission,
                    running->doors,
                    audit_log,
                    events,
                    &running->passes,
                    group_keys_.get(),
                    &registrations.receipts};
    GatewayFacts facts;
    facts.name = "gw12";
    desk_ = std::make_unique<Desk>(simulator.executor(), ports, std::move(facts));
    has_ended_ = false;
    simulator.spawn(follow(desk_->run(), has_ended_));
  }
  void close_desk() {
    desk_->stop();
    running->forwarder.stop();
    running->derivations.stop();
    running->time_watch.stop();
    running->outages.stop();
    simulator.run_until_idle();
    EXPECT_TRUE(has_ended_) << "the daemon would not stop";
    desk_.reset();
  }

  StatusReport status() { return simulator.run(desk_->status()); }
  static RegistrationId id(const std::string& text) { return RegistrationId::parse(text).value(); }
  Explanation explain(const std::string& text) { return simulator.run(desk_->explain(id(text))).value(); }
  static Actor anna() { return Actor{1000, 4711, "anna", "the line was rebuilt"}; }

 private:
  static Task<void> follow(Task<void> run, bool& has_ended) {
    co_await std::move(run);
    has_ended = true;
  }
  struct Monitor : StoreMonitor {
    explicit Monitor(DeskSite& of) : site(of) {}
    [[nodiscard]] StoreHealth health() const override {
      StoreHealth out;
      out.writes = site.registrations.writes + site.enrollments.writes;
      return out;
    }
    DeskSite& site;
  };
  Monitor store;
  std::unique_ptr<GroupKeys> group_keys_;
  std::unique_ptr<Desk> desk_;
  bool has_ended_ = true;
};

}  // namespace leafgate
