// Disable, delete and re-enable while the service is away and while it is there: what a leaf hears, and what
// becomes of what it was promised (semantics §3, §5).
#include "tests/unit/outage/standing_table.hpp"

#include <gtest/gtest.h>

#include "gateway/crypto/hmac.hpp"
#include "gateway/model/listed_enrollment.hpp"
#include "tests/fakes/site.hpp"
#include "tests/unit/flows/certificate_site.hpp"

namespace leafgate::standing_table_test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// How the leaf stood before the operator acted.
enum class Was { known, unseen, queued, told_ahead };

struct Row {
  Was was;
  Act act;
  bool up;                           // while it acts and the leaf comes
  Hears hears;                       // at its next registration
  std::optional<PromiseState> then;  // of its promise, once the service is back; none: there is none
};

std::string name(const Row& row) {
  constexpr std::array<const char*, 4> was{"known", "unseen", "queued", "told ahead"};
  constexpr std::array<const char*, 4> act{"nothing", "disabled", "removed", "disabled and enabled again"};
  return std::string(was.at(static_cast<std::size_t>(row.was))) + ", " +
         act.at(static_cast<std::size_t>(row.act)) + (row.up ? ", service there" : ", service away");
}

using enum Was;
using enum Act;
using enum Hears;
using S = PromiseState;

// Denied rows belong here too: on the deny list every one of them hears `refused`, whatever it was.
const Row by_key[] = {
    {known, nothing, false, its_hub, {}},
    {known, disable, false, disabled, {}},
    {known, Act::remove, false, refused, {}},
    {known, reenable, false, its_hub, {}},
    {known, nothing, true, its_hub, {}},
    {known, disable, true, disabled, {}},
    {known, Act::remove, true, refused, {}},
    {known, reenable, true, its_hub, {}},
    {unseen, nothing, false, assigning, S::confirmed},
    {unseen, disable, false, disabled, {}},
    {unseen, Act::remove, false, refused, {}},
    {unseen, reenable, false, assigning, S::confirmed},
    {unseen, nothing, true, assigning, {}},
    {unseen, disable, true, disabled, {}},
    {unseen, Act::remove, true, refused, {}},
    {queued, nothing, false, assigning, S::confirmed},
    {queued, disable, false, disabled, S::refused},
    {queued, Act::remove, false, refused, S::refused},
    {queued, reenable, false, assigning, S::confirmed},
    {told_ahead, nothing, false, its_hub, S::confirmed},
    {told_ahead, disable, false, disabled, S::refused},
    {told_ahead, Act::remove, false, refused, S::refused},
    {told_ahead, reenable, false, its_hub, S::confirmed},
};

class ByKey {
 public:
  ByKey(bool by_group, bool one_hub) : by_group_(by_group), one_hub_(one_hub) {
    site.service.latency = minutes(1);
    put(true);
  }

  void put(bool enabled) {
    Enrollment e;
    e.kind = by_group_ ? EnrollmentKind::group : EnrollmentKind::individual;
    e.id = by_group_ ? "line" : "pump-1";
    e.mechanism = Mechanism::symmetric_key;
    e.enabled = enabled;
    e.etag = "1";
    e.match = {by_group_ ? "pump-*" : ""};
    if (!by_group_) e.match.clear();
    e.primary_key = site.trust.seal(Site::key(key), reference(e)).value();
    e.provisional = one_hub_;
    e.only_hub = "hub1.azure-devices.net";
    site.enrollments.put(std::move(e));
    site.running->ledger.enrollments_changed();
  }
  void act(Act what) {
    if (what == disable || what == reenable) put(false);
    if (what == reenable) put(true);
    if (what != Act::remove) return;
    const auto kind = by_group_ ? EnrollmentKind::group : EnrollmentKind::individual;
    auto gone = site.enrollments.remove(kind, by_group_ ? "line" : "pump-1");
    ASSERT_TRUE(site.simulator.run(std::move(gone)).value());
    site.running->ledger.enrollments_changed();
  }
  void set_service(bool up) {
    if (site.service.up == up) return;
    site.service.up = up;
    site.running->forwarder.doubt();
    site.simulator.run_for(minutes(20));
    ASSERT_EQ(site.running->forwarder.state().up, up);
  }
  Answer comes() {
    std::string with = key;
    if (by_group_) with = std::string(as_text(crypto::hmac_sha256(as_bytes(with), as_bytes("pump-1"))));
    Attempt a = site.attempt("pump-1", site.token("pump-1", with));
    a.direct = true;
    return at_its_end(site.admit(a), [&](const OperationId& operation) {
      Attempt poll = a;
      poll.operation = operation;
      return site.admit(std::move(poll));
    });
  }
  std::optional<PromiseState> promise() {
    const auto& all = site.registrations.outcomes.promises;
    const auto at = all.find("pump-1");
    return at == all.end() ? std::nullopt : std::optional(at->second.state);
  }

  Site site;

 private:
  static constexpr const char* key = "the primary key of it";
  bool by_group_;
  bool one_hub_;
};

TEST(StandingTable, OfALeafWithASymmetricKey) {
  for (const bool by_group : {false, true}) {
    for (const Row& row : by_key) {
      SCOPED_TRACE(name(row) + (by_group ? ", by its group" : ""));
      ByKey leaf(by_group, row.was == told_ahead);
      if (row.was == known) {
        (void)leaf.comes();
        leaf.site.simulator.run_for(minutes(20));
      }
      leaf.set_service(false);
      if (row.was == queued || row.was == told_ahead) (void)leaf.comes();
      leaf.set_service(row.up);
      leaf.act(row.act);
      EXPECT_STREQ(text(heard(leaf.comes())), text(row.hears));
      leaf.set_service(true);
      leaf.site.simulator.run_for(hours(1));
      EXPECT_EQ(leaf.promise(), row.then);
      EXPECT_TRUE(leaf.site.registrations.rows.empty());
      // Nobody keeps a hub that the service has not given it, or that its operator has shut.
      const auto& kept = leaf.site.registrations.records;
      if (row.then == S::refused) {
        EXPECT_FALSE(kept.at("pump-1").registration.assignment);
      }
    }
  }
}

// A group may vouch for it, and its own record, of which that is all that is understood, shuts it out.
TEST(StandingTable, OfALeafWhoseOwnRecordIsNotUnderstoodButThatItIsDisabled) {
  for (const bool up : {true, false}) {
    SCOPED_TRACE(up ? "service there" : "service away");
    ByKey leaf(true, false);
    (void)leaf.comes();
    leaf.site.simulator.run_for(minutes(20));
    leaf.set_service(up);
    EXPECT_STREQ(text(heard(leaf.comes())), text(its_hub));
    leaf.site.enrollments.put(status_alone(EnrollmentKind::individual, "pump-1", false));
    leaf.site.running->ledger.enrollments_changed();
    EXPECT_STREQ(text(heard(leaf.comes())), text(disabled));
  }
}

struct CertificateRow {
  bool known;
  Act act;
  bool up;
  Hears hears;
  bool remembered;  // as one that needs the leaf
};

class StandingTableOfCertificates : public CertificateSite {};

TEST_F(StandingTableOfCertificates, OfALeafWithACertificate) {
  const CertificateRow rows[] = {
      {true, nothing, false, its_hub, false},      {true, disable, false, disabled, false},
      {true, Act::remove, false, refused, false},  {true, reenable, false, its_hub, false},
      {true, nothing, true, its_hub, false},       {true, disable, true, disabled, false},
      {false, nothing, false, assigning, true},    {false, disable, false, disabled, false},
      {false, Act::remove, false, refused, false}, {false, reenable, false, assigning, true},
  };
  for (const EnrollmentKind kind : {EnrollmentKind::individual, EnrollmentKind::group}) {
    const bool by_group = kind == EnrollmentKind::group;
    const std::string of = by_group ? "plant" : "pump-07";
    const TestCertificate& shown = by_group ? ca_ : leaf_;
    for (const CertificateRow& row : rows) {
      SCOPED_TRACE(std::string(row.known ? "known" : "unseen") + ", act " +
                   std::to_string(static_cast<int>(row.act)) + (row.up ? ", up" : ", down") +
                   (by_group ? ", by its group" : ""));
      site_.registrations.records.clear();
      site_.registrations.outcomes.promises.clear();
      site_.service.up = true;
      site_.restart();
      enroll(kind, of, shown);
      if (row.known) service_has_assigned("pump-07");
      site_.service.up = row.up;
      site_.running->forwarder.doubt();
      site_.simulator.run_for(minutes(5));
      if (row.act == disable || row.act == reenable) enroll(kind, of, shown, false);
      if (row.act == reenable) enroll(kind, of, shown, true);
      if (row.act == Act::remove) {
        auto gone = site_.enrollments.remove(kind, of);
        ASSERT_TRUE(site_.simulator.run(std::move(gone)).value());
        site_.running->ledger.enrollments_changed();
      }
      Attempt a = attempt({leaf_});
      a.direct = true;
      const Answer end = at_its_end(site_.admit(a), [&](const OperationId& operation) {
        Attempt poll = a;
        poll.operation = operation;
        return site_.admit(std::move(poll));
      });
      EXPECT_STREQ(text(heard(end)), text(row.hears));
      const auto& promises = site_.registrations.outcomes.promises;
      EXPECT_EQ(promises.contains("pump-07"), row.remembered);
      site_.restart();
      if (row.remembered) {
        EXPECT_EQ(promises.at("pump-07").state, S::needs_the_leaf);
      }
      auto gone = site_.enrollments.remove(kind, of);
      (void)site_.simulator.run(std::move(gone));
    }
  }
}

TEST_F(StandingTableOfCertificates, OfALeafWhoseOwnRecordIsNotUnderstoodButThatItIsDisabled) {
  for (const bool up : {true, false}) {
    SCOPED_TRACE(up ? "up" : "down");
    site_.enrollments.individuals.clear();
    enroll(EnrollmentKind::group, "plant", ca_);
    service_has_assigned("pump-07");
    site_.service.up = up;
    site_.running->forwarder.doubt();
    site_.simulator.run_for(minutes(5));
    const auto comes = [&] {
      Attempt a = attempt({leaf_});
      a.direct = true;
      return at_its_end(site_.admit(a), [&](const OperationId& operation) {
        Attempt poll = a;
        poll.operation = operation;
        return site_.admit(std::move(poll));
      });
    };
    EXPECT_STREQ(text(heard(comes())), text(its_hub));
    site_.enrollments.put(status_alone(EnrollmentKind::individual, "pump-07", false));
    site_.running->ledger.enrollments_changed();
    EXPECT_STREQ(text(heard(comes())), text(disabled));
  }
}

}  // namespace
}  // namespace leafgate::standing_table_test
