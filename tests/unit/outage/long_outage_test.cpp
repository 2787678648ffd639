// 400 days without the service, 1,000 leaves that register every day, the real store, and a power cut every
// 20 days, in virtual time (semantics §5). The gateway's own certificates have no part in what is decided;
// what a changed pair does is the door's business and is tested there.
#include <filesystem>
#include <iostream>

#include <gtest/gtest.h>

#include "gateway/attestation/sas_token.hpp"
#include "gateway/flows/admit.hpp"
#include "gateway/flows/doors.hpp"
#include "gateway/flows/findings.hpp"
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

namespace leafgate {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

// Sanitizers take ten times as long.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t scale = 10;
#else
constexpr std::size_t scale = 1;
#endif
constexpr int last_day = 400;
constexpr int power_cut_every = 20;
constexpr days powered_off{2};
constexpr const char* key_text = "the primary key of it";

class LongOutage : public ::testing::Test {
 protected:
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
  std::vector<Leaf> leaves;
  int today = 0;

  LongOutage() {
    log::set_level(log::Level::error);  // else it is two lines a leaf and day
    clock.start = test_day();
    options.registrations_per_minute = 6'000;
    start();
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
      if (is_by_certificate(kind)) {
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
  void enroll_all() {
    std::vector<Enrollment> all;
    for (const Leaf& leaf : leaves) {
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
  Task<void> learn(std::string id) {
    Assignment a;
    a.assigned_hub = "hub1.azure-devices.net";
    a.device_id = id;
    a.state = R"({"registrationId":")" + id + R"(","status":"assigned"})";
    a.etag = "learnt";
    a.confirmed_at = running->meter.now();
    a.confirmed_wall = clock.now().at;
    return running->findings.assigned(RegistrationId::parse(id).value(), std::move(a),
                                      Reason::learnt_from_service);
  }
  void learn_all() {
    for (const Leaf& leaf : leaves)
      if (is_by_certificate(leaf.kind)) simulator.run(learn(leaf.id));
  }

  Attempt attempt(const Leaf& leaf) const {
    Attempt a(policy.id_scope, RegistrationId::parse(leaf.id).value());
    a.evidence = SasEvidence{leaf.token};
    if (leaf.chain) a.evidence = CertificateEvidence{leaf.chain};
    if (leaf.kind == Kind::changing && today >= 100) a.request.payload = R"({"firmware":2})";
    a.source.address = "192.0.2." + std::to_string(leaf.id.back() - '0');
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
        return true;
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
  };
  Task<void> one_day(Day& day) {
    for (const Leaf& leaf : leaves) {
      if (leaf.from_day > today) continue;
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

TEST_F(LongOutage, RefusesNobodyStaysSmallAndSettlesEverything) {
  stop(true);
  const auto empty = octets();
  start();
  add(Kind::trusted_long, 350);
  add(Kind::trusted_short, 200);
  add(Kind::told_ahead, 100);
  add(Kind::waiting, 100);
  add(Kind::changing, 100);
  add(Kind::by_certificate_long, 100);
  add(Kind::by_certificate_short, 50);
  ASSERT_EQ(leaves.size(), 1000 / scale);
  enroll_all();
  learn_all();

  for (const Leaf& leaf : leaves) {  // the service is there, and whoever is not new is assigned
    if (leaf.from_day > 0) continue;
    const Answer first = simulator.run(running->admission.admit(attempt(leaf)));
    EXPECT_EQ(first.status, is_by_certificate(leaf.kind) ? 200 : 202);
  }
  simulator.run_for(minutes(10));
  ASSERT_EQ(outbox(), 0U);
  stop(true);
  const auto assigned = octets();
  start();

  service.up = false;
  service.latency = hours(3);  // a probe runs into its deadline
  Day all;
  running->forwarder.doubt();
  simulator.run_for(hours(4));
  ASSERT_FALSE(running->forwarder.state().up);
  std::size_t cuts = 0;
  for (today = 1; today <= last_day;) {
    simulator.run(one_day(all));
    save_powered();
    simulator.run_for(hours(24) - (clock.now().at.time_since_epoch() % days(1)));
    ++today;
    if (today % power_cut_every != 0) continue;
    power_cut(++cuts % 2 == 0);
    running->forwarder.doubt();
    simulator.run_for(hours(4));
    ASSERT_FALSE(running->forwarder.state().up) << today;
    today += static_cast<int>(powered_off / days(1));
  }
  EXPECT_EQ(all.refused, 0U);
  EXPECT_EQ(all.wrong, 0U);
  EXPECT_GT(all.answered, 190'000 / scale);
  const PromiseCounts promised = counts();
  EXPECT_EQ(promised.of(PromiseState::provisional), 100 / scale);
  EXPECT_EQ(promised.of(PromiseState::queued), 400 / scale);  // waiting, changing, and trust that ended
  EXPECT_EQ(promised.of(PromiseState::needs_the_leaf), 50 / scale);
  EXPECT_EQ(outbox(), 500 / scale);
  const std::vector<Outage> outages = run_task(store->reconciliations().outages()).value();
  ASSERT_EQ(outages.size(), 1U);  // one, whatever the power did
  EXPECT_EQ(outages.front().promises(), 550 / scale);

  service.up = true;
  service.latency = Millis(20);
  simulator.run_for(hours(7));
  ASSERT_TRUE(running->forwarder.state().up);
  EXPECT_EQ(outbox(), 0U);
  EXPECT_EQ(counts().of(PromiseState::confirmed), 500 / scale);
  learn_all();  // whom only their own connections could settle
  EXPECT_EQ(counts().of(PromiseState::confirmed), 550 / scale);
  EXPECT_EQ(counts().of(PromiseState::needs_the_leaf), 0U);
  std::size_t answered = 0;
  for (Leaf& leaf : leaves) leaf.kind = leaf.kind == Kind::changing ? leaf.kind : Kind::trusted_long;
  for (const Leaf& leaf : leaves) {
    const Answer answer = simulator.run(running->admission.admit(attempt(leaf)));
    if (answer.registration_status == RegistrationStatus::assigned) ++answered;
  }
  EXPECT_EQ(answered, leaves.size());
  stop(true);
  const auto after = octets();
  std::cout << "octets of the store: empty " << empty << ", 1,000 enrolled and assigned " << assigned
            << ", after " << last_day << " days " << after << ": " << (after - empty) / leaves.size()
            << " a leaf; " << all.answered << " answered, " << all.waiting << " waited, " << cuts
            << " power cuts\n";
  EXPECT_LE(after - empty, 2048 * leaves.size() + (scale == 1 ? 0 : 400'000));
}

}  // namespace
}  // namespace leafgate
