#pragma once

#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "gateway/crypto/digest.hpp"
#include "gateway/crypto/hmac.hpp"
#include "gateway/flows/proof_end.hpp"
#include "gateway/flows/what_if.hpp"
#include "tests/fakes/certificate_maker.hpp"
#include "tests/fakes/desk_site.hpp"
#include "tests/fakes/fake_confirmations.hpp"
#include "tests/fakes/software_tpm.hpp"
#include "tests/unit/outage/foretold_leaf.hpp"

namespace leafgate {
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

// A site of many leaves, drawn from a seed, before and in an outage.
class ForecastWorld {
 public:
  static constexpr int number_of_leaves = 300;
  static constexpr int last_day = 36;

  DeskSite site;
  std::vector<ForetoldLeaf> all;

  explicit ForecastWorld(std::uint64_t seed) : draw_(seed) {
    site.clock.start = test_day();
    site.service.latency = hours(5);
    site.powered = began_;
  }

  int draw(int below) { return static_cast<int>(draw_() % static_cast<unsigned>(below)); }
  bool one_in(int n) { return draw(n) == 0; }

  // Draws one more leaf with a TPM.
  using AddByTpm = std::function<void(ForecastWorld&, int number)>;
  void start(const Policy& policy, const AddByTpm& add_by_tpm) {
    enroll_group("by-key", Mechanism::symmetric_key, "g-*");
    enroll_group("by-ca", Mechanism::x509, "x-*", {ca_});
    enroll_group("by-old-ca", Mechanism::x509, "y-*", {ending_ca_});
    enroll_group("by-kept-ca", Mechanism::x509, "z-*", {first_ca_, next_ca_});
    enroll_group("by-named-cas", Mechanism::x509, "n-*", {held_ca_}).record =
        R"({"attestation":{"x509":{"caReferences":{"primary":"held","secondary":"not here"}}}})";
    enroll_group("by-thumbprint", Mechanism::x509, "h-*", {printed_ca_}).primary_certificate->der.clear();
    for (int i = 0; i < number_of_leaves; ++i) {
      if (one_in(5))
        add_by_tpm(*this, i);
      else if (one_in(2))
        add_by_certificate(i);
      else
        add_by_key(i);
    }
    restart_with(policy);
    // Some come while the service is there, and what they showed outlives the next start.
    for (const ForetoldLeaf& leaf : all)
      if (leaf.shows.chain && leaf.comes_from == 0 && one_in(2)) (void)comes(leaf, leaf.shows);
    FakeConfirmations store{site.registrations};
    site.simulator.spawn(keep_noted_ends(site.running->ledger, store));
    site.simulator.run_for(Millis(0));
    restart_with(policy);
    for (const ForetoldLeaf& leaf : all)
      if (leaf.is_approved) approve(leaf.id);
    site.service.up = false;
    site.running->forwarder.doubt();
    site.simulator.run_for(hours(6));
  }

  // What the service told of it when it confirmed it last.
  Assignment told_of(const std::string& id) {
    Assignment a;
    a.assigned_hub = hub;
    a.device_id = id;
    a.state = R"({"status":"assigned"})";
    a.etag = "a1";
    const Millis age = hours(draw(24 * 45)) + minutes(17);
    a.confirmed_at = began_ - age;
    a.confirmed_wall = site.clock.now().at - age;
    return a;
  }
  // Some are known here and were never assigned.
  void keep(const std::string& id, Assignment assignment) {
    Registration known(RegistrationId::parse(id).value());
    if (!one_in(10)) known.assignment = std::move(assignment);
    site.registrations.records.insert_or_assign(id, RegistrationRecord{std::move(known), {}});
  }

  // Simulator::run would go on to the next moment somebody waits for, hours from now.
  template <class T>
  T at_once(Task<T> task) {
    std::optional<T> held;
    const auto keep_it = [](Task<T> inner, std::optional<T>& into) -> Task<void> {
      into.emplace(co_await std::move(inner));
    };
    site.simulator.spawn(keep_it(std::move(task), held));
    site.simulator.run_for(Millis(0));
    return std::move(held.value());
  }

  // What is foretold now for the days to come until this one, `today` the first.
  void look_ahead(std::size_t today, std::size_t until, Promised ForetoldLeaf::*into) {
    const std::vector<Enrollment> groups = *at_once(site.running->ledger.groups()).value();
    for (ForetoldLeaf& leaf : all) {
      const auto individual = at_once(site.running->ledger.individual(leaf.id)).value();
      const RegistrationRecord& record = site.registrations.records.at(leaf.id);
      const Census& census = site.desk().census();
      Promised& promised = leaf.*into;
      promised.answered.resize(last_day + 1);
      for (std::size_t day = today; day <= std::min<std::size_t>(until, last_day); ++day)
        promised.answered[day] =
            is_answered(census.without_uplink_for(days(day - today), record, individual.get(), groups));
      promised.only_if_known = census.outlook(record, individual.get(), groups).end.own_unknown;
      const Decision now = census.without_uplink_for(Millis(0), record, individual.get(), groups);
      promised.unless_seen = is_unless_seen(leaf, now);
    }
  }

  // Nothing but its coming tells whether its CA is here.
  bool is_unless_seen(const ForetoldLeaf& leaf, const Decision& foretold) {
    return foretold.reason == Reason::leaf_certificate_chain_unknown &&
           site.running->ledger.came_untaken(leaf.id) == Reason::none;
  }

  // What it would be told now.
  Decision foretold(const ForetoldLeaf& leaf) {
    const std::vector<Enrollment> groups = *at_once(site.running->ledger.groups()).value();
    const auto individual = at_once(site.running->ledger.individual(leaf.id)).value();
    const RegistrationRecord& record = site.registrations.records.at(leaf.id);
    return site.desk().census().without_uplink_for(Millis(0), record, individual.get(), groups);
  }

  std::string_view said(const ForetoldLeaf& leaf) {
    const auto record = site.running->ledger.peek(leaf.id);
    return record && !record->notes.empty() ? code(record->notes.back().reason) : "nothing";
  }

  // Whether it gets its hub.
  bool comes(const ForetoldLeaf& leaf, const LeafShows& with) {
    Attempt a = site.attempt(leaf.id, with.key.empty() ? "" : site.token(leaf.id, with.key), with.payload);
    if (with.chain) a.evidence = CertificateEvidence{with.chain};
    a.direct = true;
    if (with.tpm) return comes_by_tpm(std::move(a), *with.tpm, leaf.tells_payload_late);
    const Answer answer = site.admit(std::move(a));
    heard_ = answer.reason;
    return answer.registration_status == RegistrationStatus::assigned;
  }
  // Why the last one that came was told what it was told.
  [[nodiscard]] Reason heard() const { return heard_; }

 private:
  static constexpr const char* hub = "hub1.azure-devices.net";
  static constexpr const char* group_key = "the group key itself";
  using Chain = std::shared_ptr<const crypto::CertificateChain>;

  static Chain chain_of(const std::vector<TestCertificate>& presented) {
    crypto::CertificateChain chain;
    for (const auto& each : presented) chain.certificates.push_back(as_certificate(each));
    return std::make_shared<const crypto::CertificateChain>(std::move(chain));
  }
  static EnrolledCertificate enrolled(const TestCertificate& made, bool whole = true) {
    const auto certificate = as_certificate(made);
    return {certificate.sha256(), certificate.sha1(), whole ? certificate.der() : Bytes()};
  }

  Enrollment& enroll_group(const std::string& id, Mechanism mechanism, const std::string& match,
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
    return site.enrollments.group_rows.at(id);
  }

  // What was earned with an enrollment that is still the same, or is not.
  void assign(const ForetoldLeaf& leaf, const std::string& enrollment, const std::string& credential,
              bool out_of_sight) {
    const bool unnamed = out_of_sight && one_in(2);
    Assignment a = told_of(leaf.id);
    a.enrollment_id = unnamed ? "" : enrollment;
    a.enrollment_etag = a.enrollment_id.empty() ? "" : one_in(8) ? "0" : "1";
    a.credential = out_of_sight ? "" : credential;
    keep(leaf.id, std::move(a));
  }

  void add_by_key(int number) {
    ForetoldLeaf leaf;
    const bool by_group = one_in(3);
    leaf.id = (by_group ? "g-" : "k-") + std::to_string(number);
    std::string& key = leaf.shows.key;
    key = "the primary key of it";
    std::string enrollment = "group by-key";
    if (by_group) {
      key = std::string(as_text(crypto::hmac_sha256(as_bytes(group_key), as_bytes(leaf.id))));
    } else {
      Enrollment e;
      e.id = leaf.id;
      e.mechanism = Mechanism::symmetric_key;
      e.etag = "1";
      e.enabled = !one_in(12);
      if (!one_in(12)) e.primary_key = site.trust.seal(Site::key(key), reference(e)).value();
      if (one_in(3)) e.offline_max_age = days(1 + draw(60));
      e.provisional = one_in(2);
      e.only_hub = hub;
      enrollment = reference(e);
      if (!one_in(12)) site.enrollments.put(std::move(e));
    }
    assign(leaf, enrollment, crypto::hex(crypto::sha256(as_bytes(key))), false);
    all.push_back(std::move(leaf));
  }

  // Under one of the groups, some by a CA between; or its own is enrolled, with or without its dates.
  void add_by_certificate(int number) {
    ForetoldLeaf leaf;
    const auto group = static_cast<std::size_t>(draw(5));
    leaf.id = std::string(1, "xyznh"[group]) + "-" + std::to_string(number);
    const bool is_of_held = one_in(2);
    const TestCertificate* const by_group[] = {&ca_, &ending_ca_, &first_ca_,
                                               is_of_held ? &held_ca_ : &other_ca_, &printed_ca_};
    const TestCertificate* above = nullptr;  // that the leaf shows as well
    if (group == 0 && one_in(3)) above = &line_;
    if (group == 4 && is_of_held) above = &printed_ca_;
    const auto made = [&](int last) {
      return CertificateMaker(leaf.id)
          .by(group == 0 && above ? line_ : *by_group[group])
          .days(-180, last)
          .make();
    };
    const auto shown = [&](const TestCertificate& own) {
      LeafShows out;
      out.chain = chain_of(above ? std::vector{own, *above} : std::vector{own});
      return out;
    };
    const TestCertificate own = made(1 + draw(45));
    leaf.shows = shown(own);
    const std::string credential = leaf.shows.chain->leaf().sha256();
    constexpr const char* names[] = {"by-ca", "by-old-ca", "by-kept-ca", "by-named-cas", "by-thumbprint"};
    std::string enrollment = std::string("group ") + names[group];
    const bool by_itself = one_in(3);
    leaf.has_no_ca_here = group >= 3 && !is_of_held && !by_itself;
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
      if (changes && other_ends > last_day) leaf.next = shown(other);
      enrollment = reference(e);
      site.enrollments.put(std::move(e));
    } else if (one_in(2)) {
      leaf.next = shown(made(40 + draw(40)));
    }
    leaf.changes_on = 3 + draw(last_day - 6);
    if (one_in(4)) leaf.comes_from = draw(last_day);
    assign(leaf, enrollment, credential, leaf.has_no_ca_here || !one_in(3));
    all.push_back(std::move(leaf));
  }

  void restart_with(const Policy& policy) {
    site.close_desk();
    site.policy = policy;
    site.restart();
    site.powered = began_;
    site.running->meter = PoweredMeter(began_);
    site.open_desk();
  }

  void approve(const std::string& id) {
    OperatorWord word;
    word.id = id;
    word.approved = true;
    site.running->gatekeeper.denied.put_word(std::move(word));
  }

  // It asks, opens its challenge, and asks again; the key for its hub belongs to what it gets.
  bool comes_by_tpm(Attempt asks, const SoftwareTpm& tpm, bool tells_payload_late) {
    Attempt brings = asks;
    asks.evidence = NoEvidence{};
    asks.request.tpm = tpm.keys();
    if (tells_payload_late) asks.request.payload.clear();
    const Answer challenge = site.admit(std::move(asks));
    heard_ = challenge.reason;
    const auto blob = crypto::base64::decode(challenge.authentication_key);
    if (challenge.status != 401 || challenge.authentication_key.empty() || !blob) return false;
    const auto key = tpm.open(*blob);
    if (!key) return false;
    brings.evidence = SasEvidence{site.token(brings.id.text(), as_text(*key))};
    const Answer answer = site.admit(std::move(brings));
    return answer.registration_status == RegistrationStatus::assigned && !answer.authentication_key.empty();
  }

  std::mt19937_64 draw_;
  Reason heard_ = Reason::none;
  PoweredTime began_ = days(100);
  TestCertificate ca_ = CertificateMaker("Site CA").ca().make();
  TestCertificate line_ =
      CertificateMaker("Line CA").ca().by(ca_).days(-180, 22).make();  // nobody enrolled it
  TestCertificate ending_ca_ = CertificateMaker("Old CA").ca().days(-180, 14).make();
  TestCertificate held_ca_ = CertificateMaker("Held CA").ca().make();
  TestCertificate other_ca_ = CertificateMaker("Other CA").ca().make();  // named, and not here
  TestCertificate printed_ca_ = CertificateMaker("Printed CA").ca().make();
  TestCertificate first_ca_ = CertificateMaker("Kept CA").ca().days(-180, 10).make();
  TestCertificate next_ca_ = CertificateMaker("Kept CA").ca().key(first_ca_.key).days(-5, 27).make();
};

}  // namespace leafgate
