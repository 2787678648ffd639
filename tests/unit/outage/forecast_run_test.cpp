// What `what-if offline` promises, against what then happens: leaf by leaf, day by day, in virtual time.
#include <gtest/gtest.h>

#include "gateway/crypto/digest.hpp"
#include "gateway/crypto/hmac.hpp"
#include "gateway/flows/outage_desk.hpp"
#include "gateway/flows/what_if.hpp"
#include "tests/fakes/certificate_maker.hpp"
#include "tests/fakes/desk_site.hpp"

namespace leafgate {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

constexpr const char* hub = "hub1.azure-devices.net";
constexpr const char* group_key = "the group key itself";
constexpr int leaves = 300;
constexpr int last_day = 36;

// A leaf as it is known when the uplink goes, and how it comes.
struct Leaf {
  std::string id;
  std::string key;  // empty: by certificate
  std::shared_ptr<const crypto::CertificateChain> chain;
  std::vector<bool> promised;  // by day
};

struct World {
  DeskSite site;
  TestCertificate ca = CertificateMaker("Site CA").ca().make();
  std::vector<Leaf> all;
  PoweredTime began = days(100);

  explicit World(std::uint64_t seed) : draw_(seed) {
    site.clock.start = test_day();
    site.service.latency = hours(5);
    site.powered = began;
  }

  int draw(int below) { return static_cast<int>(draw_() % static_cast<unsigned>(below)); }
  bool one_in(int n) { return draw(n) == 0; }

  void enroll_group(const std::string& id, Mechanism mechanism, const std::string& match) {
    Enrollment e;
    e.kind = EnrollmentKind::group;
    e.id = id;
    e.mechanism = mechanism;
    e.etag = "1";
    e.match = {match};
    if (mechanism == Mechanism::symmetric_key)
      e.primary_key = site.trust.seal(Site::key(group_key), reference(e)).value();
    if (mechanism == Mechanism::x509) {
      const auto certificate = as_certificate(ca);
      e.primary_certificate =
          EnrolledCertificate{certificate.sha256(), certificate.sha1(), certificate.der()};
      e.offline_max_age = days(20);
    }
    site.enrollments.put(std::move(e));
  }

  // What was earned with an enrollment that is still the same, or is not.
  void assign(const Leaf& leaf, const std::string& enrollment, const std::string& credential,
              bool out_of_sight) {
    Registration known(RegistrationId::parse(leaf.id).value());
    Assignment a;
    a.assigned_hub = hub;
    a.device_id = leaf.id;
    a.state = R"({"status":"assigned"})";
    a.etag = "a1";
    const bool unnamed = out_of_sight && enrollment.starts_with("individual") && one_in(2);
    a.enrollment_id = unnamed ? "" : enrollment;
    a.enrollment_etag = a.enrollment_id.empty() ? "" : one_in(8) ? "0" : "1";
    a.credential = out_of_sight ? "" : credential;
    const Millis age = hours(draw(24 * 45)) + minutes(17);
    a.confirmed_at = began - age;
    a.confirmed_wall = site.clock.now().at - age;
    known.assignment = std::move(a);
    if (!one_in(10))  // else it was never seen
      site.registrations.records.insert_or_assign(leaf.id, RegistrationRecord{std::move(known), {}});
    else
      site.registrations.records.insert_or_assign(
          leaf.id, RegistrationRecord{Registration(RegistrationId::parse(leaf.id).value()), {}});
  }

  void add_by_key(int number) {
    Leaf leaf;
    const bool by_group = one_in(3);
    leaf.id = (by_group ? "g-" : "k-") + std::to_string(number);
    leaf.key = "the primary key of it";
    std::string enrollment = "group by-key";
    if (by_group) {
      leaf.key = std::string(as_text(crypto::hmac_sha256(as_bytes(group_key), as_bytes(leaf.id))));
    } else {
      Enrollment e;
      e.id = leaf.id;
      e.mechanism = Mechanism::symmetric_key;
      e.etag = "1";
      e.enabled = !one_in(12);
      if (!one_in(12)) e.primary_key = site.trust.seal(Site::key(leaf.key), reference(e)).value();
      if (one_in(3)) e.offline_max_age = days(1 + draw(60));
      e.provisional = one_in(2);
      e.only_hub = hub;
      enrollment = reference(e);
      if (!one_in(12)) site.enrollments.put(std::move(e));
    }
    assign(leaf, enrollment, crypto::hex(crypto::sha256(as_bytes(leaf.key))), false);
    all.push_back(std::move(leaf));
  }

  void add_by_certificate(int number) {
    Leaf leaf;
    leaf.id = "x-" + std::to_string(number);
    crypto::CertificateChain chain;
    chain.certificates.push_back(as_certificate(CertificateMaker(leaf.id).by(ca).make()));
    const std::string credential = chain.certificates.front().sha256();
    std::string enrollment = "group by-ca";
    if (one_in(2)) {
      Enrollment e;
      e.id = leaf.id;
      e.mechanism = Mechanism::x509;
      e.etag = "1";
      e.enabled = !one_in(8);
      e.primary_certificate = EnrolledCertificate{credential, "", {}};
      enrollment = reference(e);
      site.enrollments.put(std::move(e));
    }
    leaf.chain = std::make_shared<const crypto::CertificateChain>(std::move(chain));
    assign(leaf, enrollment, credential, one_in(2));
    all.push_back(std::move(leaf));
  }

  void start(const Policy& policy) {
    enroll_group("by-key", Mechanism::symmetric_key, "g-*");
    enroll_group("by-ca", Mechanism::x509, "x-*");
    for (int i = 0; i < leaves; ++i) {
      if (one_in(3))
        add_by_certificate(i);
      else
        add_by_key(i);
    }
    site.close_desk();
    site.policy = policy;
    site.restart();
    site.powered = began;
    site.running->meter = PoweredMeter(began);
    site.open_desk();
    site.service.up = false;
    site.running->forwarder.doubt();
    site.simulator.run_for(hours(6));
  }

  // Simulator::run would go on to the next moment somebody waits for, hours from now.
  template <class T>
  T at_once(Task<T> task) {
    std::optional<T> held;
    const auto keep = [](Task<T> inner, std::optional<T>& into) -> Task<void> {
      into.emplace(co_await std::move(inner));
    };
    site.simulator.spawn(keep(std::move(task), held));
    site.simulator.run_for(Millis(0));
    return std::move(held.value());
  }

  // As decided before the outage goes on: for each day to come.
  void look_ahead() {
    const std::vector<Enrollment> groups = *at_once(site.running->ledger.groups()).value();
    for (Leaf& leaf : all) {
      const auto individual = at_once(site.running->ledger.individual(leaf.id)).value();
      const RegistrationRecord& record = site.registrations.records.at(leaf.id);
      for (int day = 0; day <= last_day; ++day) {
        const Decision then =
            site.desk().census().without_uplink_for(days(day), record, individual.get(), groups);
        leaf.promised.push_back(is_answered(then));
      }
    }
  }

  std::string_view said(const Leaf& leaf) {
    const auto record = site.running->ledger.peek(leaf.id);
    return record && !record->notes.empty() ? code(record->notes.back().reason) : "nothing";
  }

  bool comes(const Leaf& leaf) {
    Attempt a = site.attempt(leaf.id, leaf.key.empty() ? "" : site.token(leaf.id, leaf.key));
    if (leaf.chain) a.evidence = CertificateEvidence{leaf.chain};
    a.direct = true;
    return site.admit(std::move(a)).registration_status == RegistrationStatus::assigned;
  }

 private:
  std::mt19937_64 draw_;
};

struct Case {
  const char* name;
  BeyondPolicy beyond;
  UnknownPolicy unknown;
  ClockQuality clock;
};

class ForecastAgainstRun : public ::testing::TestWithParam<Case> {};

TEST_P(ForecastAgainstRun, NobodyIsAnsweredWhomItDeniedAndNobodyRefusedWhomItPromised) {
  World world(7 + static_cast<unsigned>(GetParam().beyond));
  Policy policy = world.site.policy;
  policy.beyond = GetParam().beyond;
  policy.unknown = GetParam().unknown;
  world.start(policy);
  ASSERT_FALSE(world.site.running->forwarder.state().up);
  world.site.clock.quality = GetParam().clock;
  const TimePoint began = world.site.simulator.now();
  world.look_ahead();

  // The sum that engineers see is the same thing counted.
  OutageDesk desk(
      world.site.simulator.executor(),
      OutageDesk::Ports{world.site.enrollments, world.site.registrations, world.site.running->ledger,
                        world.site.desk().census(), world.site.registrations.outcomes,
                        Audited(world.site.audit_log, world.site.clock, world.site.events)});
  const auto span_end = static_cast<std::size_t>(last_day);
  WhatIfQuestion question;
  question.span = days(last_day);
  const Forecast forecast = world.at_once(desk.what_if(question)).value();
  const auto promised_on = [&](std::size_t day) {
    return static_cast<std::size_t>(std::count_if(world.all.begin(), world.all.end(),
                                                  [&](const Leaf& leaf) { return leaf.promised[day]; }));
  };
  EXPECT_EQ(forecast.all, static_cast<std::size_t>(leaves));
  EXPECT_EQ(forecast.answered, promised_on(span_end));
  for (const Forecast::Step& step : forecast.timeline)
    EXPECT_EQ(step.answered, promised_on(static_cast<std::size_t>(step.after / days(1))));

  std::size_t answered = 0;
  std::size_t not_answered = 0;
  for (std::size_t day = 0; day <= span_end; day += 3) {
    world.site.simulator.run_for(began + days(day) - world.site.simulator.now());
    for (const Leaf& leaf : world.all) {
      const bool was = world.comes(leaf);
      ++(was ? answered : not_answered);
      EXPECT_EQ(was, leaf.promised[day]) << leaf.id << " on day " << day << ": " << world.said(leaf);
    }
  }
  EXPECT_GT(answered, 400U);
  EXPECT_GT(not_answered, 400U);
}

INSTANTIATE_TEST_SUITE_P(
    Policies, ForecastAgainstRun,
    ::testing::Values(Case{"queue", BeyondPolicy::queue, UnknownPolicy::refuse, ClockQuality::synced},
                      Case{"serve", BeyondPolicy::serve, UnknownPolicy::relay, ClockQuality::synced},
                      Case{"noClock", BeyondPolicy::queue, UnknownPolicy::relay, ClockQuality::unsynced}),
    [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace leafgate
