#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/attestation/sas_token.hpp"
#include "gateway/flows/admit.hpp"
#include "gateway/flows/doors.hpp"
#include "gateway/flows/findings.hpp"
#include "gateway/flows/judge.hpp"
#include "gateway/flows/keys.hpp"
#include "gateway/flows/outages.hpp"
#include "gateway/flows/passes.hpp"
#include "gateway/runtime/log.hpp"
#include "gateway/runtime/simulator.hpp"
#include "tests/fakes/certificate_maker.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_provisioning_service.hpp"
#include "tests/fakes/fake_trust.hpp"
#include "tests/fakes/seeded_random.hpp"
#include "tests/fakes/temporary_folder.hpp"
#include "tests/unit/outage/blocking_store.hpp"
#include "tests/unit/outage/long_outage_leaves.hpp"
#include "tests/unit/outage/own_pair.hpp"

namespace leafgate {
using std::chrono::days;
using std::chrono::hours;

// Sanitizers take ten times as long.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr std::size_t scale = 10;
#else
inline constexpr std::size_t scale = 1;
#endif
inline constexpr days powered_off{2};
inline constexpr int leaf_certificate_life = 90;  // days
inline constexpr const char* key_text = "the primary key of it";

// A site with the real store, in virtual time: its leaves, its own certificate, and its power.
class LongOutage : public ::testing::Test {
 protected:
  static constexpr const char* service_name = "global.azure-devices-provisioning.net";

  struct Running {
    explicit Running(LongOutage& site, PoweredTime powered)
        : enrollments(site.store->enrollments()),
          registrations(site.store->registrations()),
          reconciliations(site.store->reconciliations()),
          meter(powered),
          ledger(enrollments, registrations),
          passes(site.simulator.executor(), site.clock),
          outages(site.simulator.executor(), reconciliations, site.clock, meter),
          ports{registrations, ledger,  site.service, site.trust, site.clock, site.random, meter,
                nullptr,       &passes, nullptr,      nullptr,    nullptr,    nullptr,     &outages},
          forwarder(site.simulator.executor(), ports, site.options, site.policy.id_scope),
          doors(site.simulator.executor(), site.clock),
          admission(site.simulator.executor(), site.policy, ports, forwarder, doors),
          findings(ports) {}
    BlockingEnrollments enrollments;
    BlockingRegistrations registrations;
    BlockingReconciliations reconciliations;
    PoweredMeter meter;
    Ledger ledger;
    Passes passes;
    Outages outages;
    ForwardPorts ports;
    Forwarder forwarder;
    Doors doors;
    Admission admission;
    Findings findings;
  };

  TemporaryFolder folder;
  SeededRandom random;
  FakeTrust trust;
  FakeProvisioningService service;
  Policy policy{IdScope::parse("0ne00ABCDEF").value()};
  ForwardOptions options;
  Simulator simulator{1};
  FakeClock clock;
  std::unique_ptr<Store> store;
  std::unique_ptr<Running> running;
  TestCertificate ca = CertificateMaker("Site CA").ca().days(-10, 900).make();
  TestCertificate line_ca = CertificateMaker("Line CA").ca().days(-10, 900).make();
  std::vector<Leaf> leaves;
  OwnPair own{simulator, clock};
  int today = 0;

  LongOutage() {
    log::set_level(log::Level::error);  // else it is two lines a leaf and day
    clock.start = test_day();
    options.registrations_per_minute = 6'000;
    policy.pass_names = {service_name};
    own.renew();
    start();
    EXPECT_TRUE(own.start());
  }
  ~LongOutage() override {
    stop(true);
    log::set_level(log::Level::info);
  }

  void start() {
    StoreOptions with;
    with.path = folder.path();
    with.receipts.entries = 20;
    with.receipts.checkpoints = 5;
    store = Store::open(std::move(with), random).value();
    const SiteState state = run_task(store->site_state().load()).value();
    running = std::make_unique<Running>(*this, state.powered);
    ASSERT_TRUE(simulator.run(running->forwarder.load()));
    ASSERT_TRUE(simulator.run(running->outages.load()));
    simulator.spawn(running->outages.run(running->forwarder));
    simulator.spawn(running->forwarder.run());
    simulator.spawn(running->admission.run());
  }
  void save_powered() {
    SiteState state;
    state.powered = running->meter.now();
    state.latest_wall = clock.now().at;
    ASSERT_TRUE(run_task(store->site_state().save(state)));
  }
  void stop(bool cleanly) {
    if (!running) return;
    save_powered();
    running->admission.stop();
    running->forwarder.stop();
    running->outages.stop();
    simulator.run_until_idle();
    running.reset();
    if (cleanly) store->stop();
    store.reset();
  }
  void power_cut(bool cleanly) {
    stop(cleanly);
    own.stop();
    clock.start += powered_off;
    start();
  }

  void add(Kind kind, std::size_t count) {
    for (std::size_t i = 0; i < count / scale; ++i) {
      const int number = static_cast<int>(leaves.size());
      Leaf leaf;
      leaf.id = "leaf-" + std::to_string(1000 + number);
      leaf.kind = kind;
      if (is_new(kind)) leaf.from_day = 1 + number * 37 % 300;
      if (is_renewing(kind)) {
        renew(leaf);
        leaf.renews_on = 1 + number % (leaf_certificate_life - 10);
        leaf.renewed = false;
      } else if (is_by_certificate(kind)) {
        crypto::CertificateChain chain;
        chain.certificates.push_back(as_certificate(CertificateMaker(leaf.id).by(ca).days(-1, 900).make()));
        leaf.chain = std::make_shared<const crypto::CertificateChain>(std::move(chain));
      } else {
        leaf.token = mint_sas_token(policy.id_scope, RegistrationId::parse(leaf.id).value(),
                                    as_bytes(key_text), clock.now().at + days(1000));
      }
      leaves.push_back(std::move(leaf));
    }
  }
  // A new key and a new certificate, by the same CA and with the same name.
  void renew(Leaf& leaf) const {
    crypto::CertificateChain chain;
    chain.certificates.push_back(as_certificate(CertificateMaker(leaf.id)
                                                    .by(line_ca)
                                                    .days(calendar() - 1, calendar() + leaf_certificate_life)
                                                    .make()));
    leaf.chain = std::make_shared<const crypto::CertificateChain>(std::move(chain));
    leaf.renews_on = today + leaf_certificate_life - 10;
    leaf.renewed = true;
  }
  // Days since the day that certificates count from: the power may be off on some.
  [[nodiscard]] int calendar() const { return static_cast<int>((clock.now().at - test_day()) / days(1)); }

  [[nodiscard]] Enrollment line_group() const {
    Enrollment e;
    e.kind = EnrollmentKind::group;
    e.id = "line";
    e.mechanism = Mechanism::x509;
    e.etag = "1";
    e.record = R"({"attestation":{"type":"x509"}})";
    e.offline_max_age = days(500);
    const auto shown = as_certificate(line_ca);
    e.primary_certificate = EnrolledCertificate{shown.sha256(), shown.sha1(), shown.der()};
    return e;
  }
  void enroll_all() {
    std::vector<Enrollment> all{line_group()};
    for (const Leaf& leaf : leaves) {
      if (is_renewing(leaf.kind)) continue;
      Enrollment e;
      e.id = leaf.id;
      e.mechanism = Mechanism::symmetric_key;
      e.etag = "1";
      e.record = R"({"attestation":{"type":"symmetricKey"}})";
      if (leaf.kind == Kind::trusted_long || leaf.kind == Kind::changing) e.offline_max_age = days(500);
      e.provisional = leaf.kind == Kind::told_ahead;
      if (e.provisional) e.only_hub = "hub1.azure-devices.net";
      if (is_by_certificate(leaf.kind)) {
        const auto& shown = leaf.chain->certificates.front();
        e.mechanism = Mechanism::x509;
        e.primary_certificate = EnrolledCertificate{shown.sha256(), shown.sha1(), {}};
        if (leaf.kind == Kind::by_certificate_long) e.offline_max_age = days(500);
      } else {
        e.primary_key = trust.seal(crypto::Secret(as_bytes(key_text)), reference(e)).value();
      }
      all.push_back(std::move(e));
    }
    ASSERT_TRUE(run_task(store->enrollments().import(std::move(all))));
    running->ledger.enrollments_changed();
  }

  // As a look at the service's list teaches it after the leaf went through by its own connection.
  // `by`: whom it was assigned by what it signed; null: nobody here saw it.
  Task<void> learn(std::string id, const Leaf* by = nullptr) {
    Assignment a;
    a.assigned_hub = "hub1.azure-devices.net";
    a.device_id = id;
    a.state = R"({"registrationId":")" + id + R"(","status":"assigned"})";
    a.etag = "learnt";
    a.confirmed_at = running->meter.now();
    a.confirmed_wall = clock.now().at;
    if (by != nullptr) {
      a.credential = by->chain->leaf().sha256();
      a.enrollment_id = reference(line_group());
      a.enrollment_etag = "1";
      a.request_digest = digest_of(RegistrationRequest());
    }
    return running->findings.assigned(RegistrationId::parse(id).value(), std::move(a),
                                      Reason::learnt_from_service);
  }
  void learn_all() {
    for (const Leaf& leaf : leaves) {
      if (is_by_certificate(leaf.kind) || leaf.kind == Kind::renewing) simulator.run(learn(leaf.id));
      if (leaf.kind == Kind::renewing_by_link) simulator.run(learn(leaf.id, leaf.renewed ? nullptr : &leaf));
    }
  }
  // Those that only the service can take anew show themselves, and are sent to it.
  std::size_t send_through() {
    std::size_t sent = 0;
    for (const Leaf& leaf : leaves) {
      if (leaf.kind != Kind::renewing_by_link) continue;
      Attempt a = attempt(leaf);
      a.server_name = service_name;
      const Answer answer = simulator.run(running->admission.admit(std::move(a)));
      if (answer.elsewhere) ++sent;
    }
    return sent;
  }

  Attempt attempt(const Leaf& leaf) const {
    Attempt a(policy.id_scope, RegistrationId::parse(leaf.id).value());
    a.evidence = SasEvidence{leaf.token};
    if (leaf.chain) a.evidence = CertificateEvidence{leaf.chain};
    if (leaf.kind == Kind::changing && today >= 100) a.request.payload = R"({"firmware":2})";
    a.source.address = "192.0.2." + std::to_string(leaf.id.back() - '0');
    if (is_renewing(leaf.kind)) a.source.address = "198.51.100.1";  // a line of its own
    a.direct = true;
    return a;
  }

  // What policy allows it; nothing where either may be, around the end of its trust.
  std::optional<bool> may_be_answered(const Leaf& leaf) const {
    const Millis powered = running->meter.now();
    switch (leaf.kind) {
      case Kind::trusted_long:
      case Kind::told_ahead:
      case Kind::by_certificate_long:
      case Kind::renewing:  // nothing says by which of its certificates it was assigned
        return true;
      case Kind::renewing_by_link:
        return !leaf.renewed;
      case Kind::waiting:
        return false;
      case Kind::changing:
        return today < 100;
      case Kind::trusted_short:
      case Kind::by_certificate_short:
        if (powered > days(30) && powered < days(31)) return std::nullopt;
        return powered <= days(30);
    }
    return std::nullopt;
  }

  struct Day {
    std::size_t answered = 0;
    std::size_t waiting = 0;
    std::size_t wrong = 0;
    std::size_t refused = 0;
    std::size_t renewed = 0;  // certificates of leaves
  };
  Task<void> one_day(Day& day) {
    for (Leaf& leaf : leaves) {
      if (leaf.from_day > today) continue;
      if (is_renewing(leaf.kind) && leaf.renews_on <= today) {
        renew(leaf);
        ++day.renewed;
      }
      Attempt a = attempt(leaf);
      const Answer answer = co_await running->admission.admit(std::move(a));
      const bool answered = answer.registration_status == RegistrationStatus::assigned;
      ++(answered ? day.answered : day.waiting);
      if (answer.status >= 400) ++day.refused;
      const auto expected = may_be_answered(leaf);
      if (expected && *expected != answered) {
        if (day.wrong++ == 0) ADD_FAILURE() << leaf.id << " on day " << today << ": " << code(answer.reason);
      }
    }
  }

  PromiseCounts counts() { return run_task(store->reconciliations().counts()).value(); }
  std::size_t outbox() { return run_task(store->registrations().outbox(0, 10'000)).value().size(); }
  std::uintmax_t octets() const {
    return std::filesystem::file_size(std::filesystem::path(folder.path()) / "leafgate.db");
  }
};

}  // namespace leafgate
