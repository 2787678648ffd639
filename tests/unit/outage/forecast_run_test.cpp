// What `what-if offline` promises, against what then happens: leaf by leaf, day by day, in virtual time.
#include <gtest/gtest.h>

#include "gateway/crypto/digest.hpp"
#include "gateway/crypto/hmac.hpp"
#include "gateway/flows/outage_desk.hpp"
#include "gateway/flows/proof_end.hpp"
#include "gateway/flows/what_if.hpp"
#include "tests/fakes/certificate_maker.hpp"
#include "tests/fakes/desk_site.hpp"
#include "tests/fakes/fake_confirmations.hpp"

namespace leafgate {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

constexpr const char* hub = "hub1.azure-devices.net";
constexpr const char* group_key = "the group key itself";
constexpr int leaves = 300;
constexpr int last_day = 36;

// What is foretold of a leaf.
struct Promised {
  std::vector<bool> answered;  // by day
  bool only_if_known = false;  // nothing is promised: when its own certificate ends is not known
};

using Chain = std::shared_ptr<const crypto::CertificateChain>;
Chain chain_of(const std::vector<TestCertificate>& presented) {
  crypto::CertificateChain chain;
  for (const auto& each : presented) chain.certificates.push_back(as_certificate(each));
  return std::make_shared<const crypto::CertificateChain>(std::move(chain));
}

EnrolledCertificate enrolled(const TestCertificate& made, bool whole = true) {
  const auto certificate = as_certificate(made);
  return {certificate.sha256(), certificate.sha1(), whole ? certificate.der() : Bytes()};
}

// A leaf as it is known when the uplink goes, and how it comes.
struct Leaf {
  std::string id;
  std::string key;  // empty: by certificate
  Chain chain;
  Chain renewed;  // what it comes with from this day on; null: it keeps what it has
  int renews_on = 0;
  bool has_renewed = false;
  int comes_from = 0;  // on earlier days of the outage it does not come
  Promised at_first;
  Promised lately;  // after it came last
};

struct World {
  DeskSite site;
  TestCertificate ca = CertificateMaker("Site CA").ca().make();
  TestCertificate line = CertificateMaker("Line CA").ca().by(ca).days(-180, 22).make();  // nobody enrolled it
  TestCertificate ending_ca = CertificateMaker("Old CA").ca().days(-180, 14).make();
  TestCertificate first_ca = CertificateMaker("Kept CA").ca().days(-180, 10).make();
  TestCertificate next_ca = CertificateMaker("Kept CA").ca().key(first_ca.key).days(-5, 27).make();
  std::vector<Leaf> all;
  PoweredTime began = days(100);

  explicit World(std::uint64_t seed) : draw_(seed) {
    site.clock.start = test_day();
    site.service.latency = hours(5);
    site.powered = began;
  }

  int draw(int below) { return static_cast<int>(draw_() % static_cast<unsigned>(below)); }
  bool one_in(int n) { return draw(n) == 0; }

  void enroll_group(const std::string& id, Mechanism mechanism, const std::string& match,
                    const std::vector<TestCertificate>& authorities = {}) {
    Enrollment e;
    e.kind = EnrollmentKind::group;
    e.id = id;
    e.mechanism = mechanism;
    e.etag = "1";
    e.match = {match};
    if (mechanism == Mechanism::symmetric_key)
      e.primary_key = site.trust.seal(Site::key(group_key), reference(e)).value();
    if (mechanism == Mechanism::x509) {
      e.primary_certificate = enrolled(authorities.front());
      if (authorities.size() > 1) e.secondary_certificate = enrolled(authorities.back());
      e.offline_max_age = days(60);
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
    const bool unnamed = out_of_sight && one_in(2);
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

  // Under one of the groups, some by a CA between; or its own is enrolled, with or without its dates.
  void add_by_certificate(int number) {
    Leaf leaf;
    const int group = draw(3);
    leaf.id = std::string(1, "xyz"[group]) + "-" + std::to_string(number);
    const TestCertificate& by = group == 0 ? ca : group == 1 ? ending_ca : first_ca;
    const bool has_line = group == 0 && one_in(3);
    const auto made = [&](int last) {
      return CertificateMaker(leaf.id).by(has_line ? line : by).days(-180, last).make();
    };
    const auto shown = [&](const TestCertificate& own) {
      return chain_of(has_line ? std::vector{own, line} : std::vector{own});
    };
    const TestCertificate own = made(1 + draw(45));
    leaf.chain = shown(own);
    const std::string credential = leaf.chain->leaf().sha256();
    std::string enrollment = group == 0 ? "group by-ca" : group == 1 ? "group by-old-ca" : "group by-kept-ca";
    const bool by_itself = one_in(3);
    if (by_itself) {
      Enrollment e;
      e.id = leaf.id;
      e.mechanism = Mechanism::x509;
      e.etag = "1";
      e.enabled = !one_in(8);
      e.primary_certificate = enrolled(own, one_in(2));
      const int other_ends = 1 + draw(45);
      const TestCertificate other = made(other_ends);
      if (one_in(2)) e.secondary_certificate = enrolled(other, one_in(2));
      const bool changes = e.secondary_certificate && one_in(2);
      if (changes && other_ends > last_day) leaf.renewed = shown(other);
      enrollment = reference(e);
      site.enrollments.put(std::move(e));
    } else if (one_in(2)) {
      leaf.renewed = shown(made(40 + draw(40)));
    }
    leaf.renews_on = 3 + draw(last_day - 6);
    if (one_in(4)) leaf.comes_from = draw(last_day);
    assign(leaf, enrollment, credential, !one_in(3));
    all.push_back(std::move(leaf));
  }

  void start(const Policy& policy) {
    enroll_group("by-key", Mechanism::symmetric_key, "g-*");
    enroll_group("by-ca", Mechanism::x509, "x-*", {ca});
    enroll_group("by-old-ca", Mechanism::x509, "y-*", {ending_ca});
    enroll_group("by-kept-ca", Mechanism::x509, "z-*", {first_ca, next_ca});
    for (int i = 0; i < leaves; ++i) {
      if (one_in(2))
        add_by_certificate(i);
      else
        add_by_key(i);
    }
    restart_with(policy);
    // Some come while the service is there, and what they showed outlives the next start.
    for (const Leaf& leaf : all)
      if (leaf.chain && leaf.comes_from == 0 && one_in(2)) (void)comes(leaf, leaf.chain);
    FakeConfirmations store{site.registrations};
    site.simulator.spawn(keep_noted_ends(site.running->ledger, store));
    site.simulator.run_for(Millis(0));
    restart_with(policy);
    site.service.up = false;
    site.running->forwarder.doubt();
    site.simulator.run_for(hours(6));
  }

  void restart_with(const Policy& policy) {
    site.close_desk();
    site.policy = policy;
    site.restart();
    site.powered = began;
    site.running->meter = PoweredMeter(began);
    site.open_desk();
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

  // What is foretold now for the days to come until this one, `today` the first.
  void look_ahead(std::size_t today, std::size_t until, Promised Leaf::*into) {
    const std::vector<Enrollment> groups = *at_once(site.running->ledger.groups()).value();
    for (Leaf& leaf : all) {
      const auto individual = at_once(site.running->ledger.individual(leaf.id)).value();
      const RegistrationRecord& record = site.registrations.records.at(leaf.id);
      const Census& census = site.desk().census();
      Promised& promised = leaf.*into;
      promised.answered.resize(last_day + 1);
      for (std::size_t day = today; day <= std::min<std::size_t>(until, last_day); ++day)
        promised.answered[day] =
            is_answered(census.without_uplink_for(days(day - today), record, individual.get(), groups));
      promised.only_if_known = census.outlook(record, individual.get(), groups).end.own_unknown;
    }
  }

  std::string_view said(const Leaf& leaf) {
    const auto record = site.running->ledger.peek(leaf.id);
    return record && !record->notes.empty() ? code(record->notes.back().reason) : "nothing";
  }

  bool comes(const Leaf& leaf, const Chain& chain) {
    Attempt a = site.attempt(leaf.id, leaf.key.empty() ? "" : site.token(leaf.id, leaf.key));
    if (chain) a.evidence = CertificateEvidence{chain};
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
  world.look_ahead(0, last_day, &Leaf::at_first);
  world.look_ahead(0, 0, &Leaf::lately);

  // The sum that engineers see is the same thing counted.
  OutageDesk desk(
      world.site.simulator.executor(),
      OutageDesk::Ports{world.site.enrollments, world.site.registrations, world.site.running->ledger,
                        world.site.desk().census(), world.site.registrations.outcomes,
                        Audited(world.site.audit_log, world.site.clock, world.site.events)});
  WhatIfQuestion question;
  question.span = days(last_day);
  const Forecast forecast = world.at_once(desk.what_if(question)).value();
  const auto promised_on = [&](std::size_t day) {
    return static_cast<std::size_t>(std::count_if(
        world.all.begin(), world.all.end(), [&](const Leaf& leaf) { return leaf.at_first.answered[day]; }));
  };
  EXPECT_EQ(forecast.all, static_cast<std::size_t>(leaves));
  EXPECT_EQ(forecast.answered, promised_on(last_day));
  for (const Forecast::Step& step : forecast.timeline)
    EXPECT_EQ(step.answered, promised_on(static_cast<std::size_t>(step.after / days(1))));
  EXPECT_EQ(forecast.end_unknown,
            static_cast<std::size_t>(std::count_if(world.all.begin(), world.all.end(), [](const Leaf& leaf) {
              return leaf.at_first.only_if_known && leaf.at_first.answered[last_day];
            })));

  std::size_t answered = 0;
  std::size_t not_answered = 0;
  std::size_t ended_unseen = 0;      // of whom nothing was promised, and who were refused
  std::size_t saved_by_renewal = 0;  // whom the first forecast denied, and a later one did not
  const auto expect = [](bool was, const Promised& promised, std::size_t day) {
    return was == promised.answered[day] || (!was && promised.only_if_known);
  };
  for (std::size_t day = 0; day <= last_day; day += 3) {
    world.site.simulator.run_for(began + days(day) - world.site.simulator.now());
    for (Leaf& leaf : world.all) {
      if (static_cast<std::size_t>(leaf.comes_from) > day) continue;
      const bool renews = leaf.renewed && static_cast<std::size_t>(leaf.renews_on) <= day;
      const bool is_first = renews && !std::exchange(leaf.has_renewed, true);
      const bool was = world.comes(leaf, renews ? leaf.renewed : leaf.chain);
      ++(was ? answered : not_answered);
      if (is_first) continue;  // it does not come as it came last
      if (!renews) {
        EXPECT_TRUE(expect(was, leaf.at_first, day))
            << leaf.id << " on day " << day << ": " << world.said(leaf);
      }
      EXPECT_TRUE(expect(was, leaf.lately, day))
          << leaf.id << " on day " << day << ", as foretold lately: " << world.said(leaf);
      if (!was && leaf.lately.answered[day]) ++ended_unseen;
      if (was && !leaf.at_first.answered[day]) ++saved_by_renewal;
    }
    world.look_ahead(day, day + 3, &Leaf::lately);
  }
  EXPECT_GT(answered, 400U);
  EXPECT_GT(not_answered, 400U);
  const bool judges_dates = GetParam().clock != ClockQuality::unsynced;
  EXPECT_EQ(saved_by_renewal > 3, judges_dates) << saved_by_renewal;
  EXPECT_EQ(ended_unseen > 0, judges_dates) << ended_unseen;
}

INSTANTIATE_TEST_SUITE_P(
    Policies, ForecastAgainstRun,
    ::testing::Values(Case{"queue", BeyondPolicy::queue, UnknownPolicy::refuse, ClockQuality::synced},
                      Case{"serve", BeyondPolicy::serve, UnknownPolicy::relay, ClockQuality::synced},
                      Case{"noClock", BeyondPolicy::queue, UnknownPolicy::relay, ClockQuality::unsynced}),
    [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace leafgate
