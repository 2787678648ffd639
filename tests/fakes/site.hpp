#pragma once

#include <memory>
#include <optional>
#include <string>

#include "gateway/attestation/sas_token.hpp"
#include "gateway/flows/admit.hpp"
#include "gateway/flows/desk.hpp"
#include "gateway/flows/doors.hpp"
#include "gateway/flows/events.hpp"
#include "gateway/flows/gatekeeper.hpp"
#include "gateway/flows/keys.hpp"
#include "gateway/flows/outages.hpp"
#include "gateway/flows/passes.hpp"
#include "gateway/flows/time_watch.hpp"
#include "gateway/runtime/simulator.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_derived_keys.hpp"
#include "tests/fakes/fake_enrollments.hpp"
#include "tests/fakes/fake_provisioning_service.hpp"
#include "tests/fakes/fake_registrations.hpp"
#include "tests/fakes/fake_tpm.hpp"
#include "tests/fakes/fake_trust.hpp"
#include "tests/fakes/seeded_random.hpp"

namespace leafgate {

// The real flows of one gateway in virtual time over fakes: its disk (`registrations`, `enrollments`,
// `derived_keys`, `trust`) and its TPM outlive a restart, the rest does not.
class Site {
 public:
  static constexpr const char* scope = "0ne00ABCDEF";

  FakeEnrollments enrollments;
  FakeRegistrations registrations;
  FakeTrust trust;
  FakeDerivedKeys derived_keys;
  FakeTpm tpm;
  FakeProvisioningService service;
  DelegatedService* delegated = nullptr;  // of the next start
  SeededRandom random;
  PoweredTime powered{};
  Policy policy{IdScope::parse(scope).value()};
  ForwardOptions options = [] {
    ForwardOptions o;
    o.registrations_per_minute = 60'000;
    return o;
  }();
  Simulator simulator{1};
  FakeClock clock;  // after the simulator: reads its time

  struct Running {
    explicit Running(Site& site)
        : meter(site.powered),
          ledger(site.enrollments, site.registrations),
          passes(site.simulator.executor(), site.clock),
          derivations(site.simulator.executor(), {site.tpm, site.trust, site.derived_keys}),
          gatekeeper(site.clock),
          outages(site.simulator.executor(), site.registrations.outcomes, site.clock, meter),
          ports{site.registrations, ledger,   site.service, site.trust, site.clock,
                site.random,        meter,    &events,      &passes,    &derivations,
                site.delegated,     &untimed, &gatekeeper,  &outages},
          forwarder(site.simulator.executor(), ports, site.options, site.policy.id_scope),
          doors(site.simulator.executor(), site.clock),
          admission(site.simulator.executor(), site.policy, ports, forwarder, doors),
          time_watch(site.simulator.executor(),
                     {site.clock, ledger, forwarder, admission, untimed, &events}) {
      time_watch.on_change([this] { ++clock_changes; });
    }
    PoweredMeter meter;
    Ledger ledger;
    Passes passes;
    UntimedProofs untimed;
    Events events;
    Derivations derivations;
    Gatekeeper gatekeeper;
    Outages outages;
    ForwardPorts ports;
    Forwarder forwarder;
    Doors doors;
    Admission admission;
    TimeWatch time_watch;
    int clock_changes = 0;
  };
  std::unique_ptr<Running> running;

  Site() { start(); }
  ~Site() { stop(); }

  void start() {
    running = std::make_unique<Running>(*this);
    auto load = running->forwarder.load();
    const auto loaded = simulator.run(std::move(load));
    if (!loaded) throw std::logic_error("load failed: " + loaded.error().detail);
    auto promises = running->outages.load();
    const auto remembered = simulator.run(std::move(promises));
    if (!remembered) throw std::logic_error("load failed: " + remembered.error().detail);
    simulator.spawn(running->outages.run(running->forwarder));
    simulator.spawn(running->forwarder.run());
    simulator.spawn(running->admission.run());
    simulator.spawn(running->derivations.run());
    simulator.spawn(running->time_watch.run());
  }

  // As kill -9 would: nothing is written, whatever was in memory is gone.
  void stop() {
    if (!running) return;
    powered = running->meter.now();
    running->admission.stop();
    running->forwarder.stop();
    running->derivations.stop();
    running->time_watch.stop();
    running->outages.stop();
    simulator.run_until_idle();
    running.reset();
    trust.forget_derived();
  }
  void restart() {
    stop();
    start();
  }

  static crypto::Secret key(std::string_view seed) { return crypto::Secret(as_bytes(seed)); }

  void enroll(const std::string& id, std::string_view primary = "the primary key of it",
              std::string_view secondary = {}, bool enabled = true, std::string etag = "1") {
    Enrollment e;
    e.kind = EnrollmentKind::individual;
    e.id = ascii_lower(id);
    e.mechanism = Mechanism::symmetric_key;
    e.enabled = enabled;
    e.etag = std::move(etag);
    if (!primary.empty()) e.primary_key = trust.seal(key(primary), reference(e)).value();
    if (!secondary.empty()) e.secondary_key = trust.seal(key(secondary), reference(e)).value();
    enrollments.put(std::move(e));
    if (running) running->ledger.enrollments_changed();
  }

  [[nodiscard]] std::string token(const std::string& id, std::string_view with_key = "the primary key of it",
                                  Millis lives = std::chrono::hours(1)) const {
    return mint_sas_token(policy.id_scope, RegistrationId::parse(id).value(), as_bytes(with_key),
                          clock.now().at + lives);
  }

  [[nodiscard]] Attempt attempt(const std::string& id, std::string token_text,
                                std::string payload = {}) const {
    Attempt a(policy.id_scope, RegistrationId::parse(id).value());
    a.evidence = SasEvidence{std::move(token_text)};
    a.request.payload = std::move(payload);
    a.family = ClientFamily::java;  // obeys the 4 s of one round to the service, and little more
    a.source.address = "192.0.2.7";
    return a;
  }

  // Takes no longer than the answer does: Simulator::run would go on to the next moment somebody waits for.
  Answer admit(Attempt a) {
    std::optional<Answer> answer;
    const auto keep = [](Admission& admission, Attempt attempt, std::optional<Answer>& into) -> Task<void> {
      into = co_await admission.admit(std::move(attempt));
    };
    simulator.spawn(keep(running->admission, std::move(a), answer));
    simulator.run_for(Millis(0));
    while (!answer) simulator.run_for(Millis(1));
    return std::move(*answer);
  }
  Answer register_leaf(const std::string& id, std::string payload = {}) {
    return admit(attempt(id, token(id), std::move(payload)));
  }
  Answer poll(const std::string& id, const OperationId& operation) {
    Attempt a = attempt(id, token(id));
    a.operation = operation;
    return admit(std::move(a));
  }
  // Registers and polls as an SDK does until the operation ends, at most for `patience`.
  Answer provision(const std::string& id, std::string payload = {},
                   Millis patience = std::chrono::seconds(60)) {
    Answer answer = register_leaf(id, std::move(payload));
    const TimePoint give_up = simulator.now() + patience;
    while (answer.status == 202 && simulator.now() < give_up) {
      simulator.run_for(answer.retry_after);
      answer = poll(id, *answer.operation);
    }
    return answer;
  }
};

}  // namespace leafgate
