#include "gateway/flows/held_secrets.hpp"

#include <gtest/gtest.h>

#include "gateway/crypto/digest.hpp"
#include "gateway/flows/judge_tpm.hpp"
#include "gateway/flows/keys.hpp"
#include "tests/fakes/fake_trust.hpp"

namespace leafgate::held_secrets_test {
namespace {

crypto::Secret secret(std::string_view text) { return crypto::Secret(as_bytes(text)); }

// A leaf with the key of its own enrollment.
struct Case {
  FakeTrust trust;
  Registration registration{RegistrationId::parse("line-1").value()};
  std::optional<Enrollment> by = Enrollment();

  Case() {
    by->id = "line-1";
    by->mechanism = Mechanism::symmetric_key;
    by->primary_key = trust.seal(secret("its key"), reference(*by)).value();
    registration.assignment = Assignment();
  }
  void by_group() {
    by->kind = EnrollmentKind::group;
    by->id = "plant";
    by->primary_key = trust.seal(secret("the group's key"), reference(*by)).value();
  }
  void by_group_in_tpm() {
    by_group();
    by->primary_key = trust.seal_tpm_key(TpmHmacKey(), reference(*by)).value();
  }
  // And has proved itself by it.
  void derived() {
    trust.know_derived(*by->primary_key, "line-1", secret("derived"));
    registration.assignment->credential = crypto::hex(crypto::sha256(as_bytes("derived")));
  }
  void by_tpm() {
    by->mechanism = Mechanism::tpm;
    by->primary_key.reset();
    registration.assignment->tpm_key = trust.seal(secret("hub key"), tpm_key_row(registration.id)).value();
  }
  [[nodiscard]] Secrets found() { return secrets_of(registration, by ? &*by : nullptr, trust); }
};

TEST(HeldSecrets, are_what_can_be_opened_now) {
  struct Row {
    const char* what;
    std::function<void(Case&)> change;
    Secrets unlocked;
    Secrets locked;
  };
  const std::vector<Row> table{
      {"its own key", [](Case&) {}, Secrets::open, Secrets::locked},
      {"its secondary key alone", [](Case& c) { std::swap(c.by->primary_key, c.by->secondary_key); },
       Secrets::open, Secrets::locked},
      {"its own key, of another row", [](Case& c) { c.by->id = "line-2"; }, Secrets::lost, Secrets::locked},
      {"its secondary key of another row",
       [](Case& c) { c.by->secondary_key = c.trust.seal(secret("other"), "individual line-2").value(); },
       Secrets::lost, Secrets::locked},
      {"no key at all", [](Case& c) { c.by->primary_key.reset(); }, Secrets::open, Secrets::open},
      {"a group's", [](Case& c) { c.by_group(); }, Secrets::open, Secrets::locked},
      {"a group's in the TPM", [](Case& c) { c.by_group_in_tpm(); }, Secrets::open, Secrets::locked},
      {"a certificate", [](Case& c) { c.by->mechanism = Mechanism::x509; }, Secrets::open, Secrets::open},
      {"a TPM's", [](Case& c) { c.by_tpm(); }, Secrets::open, Secrets::locked},
      {"a TPM's, of another row",
       [](Case& c) {
         c.by_tpm();
         c.registration.assignment->tpm_key = c.trust.seal(secret("hub key"), "other").value();
       },
       Secrets::lost, Secrets::locked},
      {"a TPM's, empty",
       [](Case& c) {
         c.by_tpm();
         c.registration.assignment->tpm_key =
             c.trust.seal(secret(""), tpm_key_row(c.registration.id)).value();
       },
       Secrets::lost, Secrets::locked},
      {"a learnt TPM's",
       [](Case& c) {
         c.by_tpm();
         c.by.reset();
       },
       Secrets::open, Secrets::locked},
      {"a TPM's that was never assigned",
       [](Case& c) {
         c.by_tpm();
         c.registration.assignment.reset();
       },
       Secrets::open, Secrets::open},
      {"nobody's", [](Case& c) { c.by.reset(); }, Secrets::open, Secrets::open},
  };
  for (const Row& row : table) {
    Case c;
    row.change(c);
    EXPECT_EQ(c.found(), row.unlocked) << row.what;
    c.trust.lock();
    EXPECT_EQ(c.found(), row.locked) << row.what << ", locked";
    c.trust.unlock();
    EXPECT_EQ(c.found(), row.unlocked) << row.what << ", unlocked again";
  }
}

// It was derived while the group's key could be had.
TEST(HeldSecrets, a_key_that_the_tpm_has_derived_is_known_on) {
  Case c;
  c.by_group_in_tpm();
  c.derived();
  c.trust.open_now = false;
  EXPECT_EQ(c.found(), Secrets::open);
  c.registration.assignment->credential = "of the secondary key, which was not derived";
  EXPECT_EQ(c.found(), Secrets::open) << "all keys of it are known";
  c.by->secondary_key = c.trust.seal_tpm_key(TpmHmacKey(), "group secondary").value();
  EXPECT_EQ(c.found(), Secrets::locked);
  c.derived();
  EXPECT_EQ(c.found(), Secrets::open);
}

// The TPM is away, or has never seen the group's key.
TEST(HeldSecrets, of_a_group_in_a_tpm_that_derives_nothing_are_what_was_derived_before) {
  Case c;
  c.by_group_in_tpm();
  c.by->etag = "1";
  const auto found = [&c] { return secrets_of(c.registration, &*c.by, c.trust, Look::closely, false); };
  EXPECT_EQ(found(), Secrets::locked) << "nothing is known of it";
  Assignment& assignment = *c.registration.assignment;
  assignment.enrollment_id = "group plant";
  assignment.enrollment_etag = "1";
  EXPECT_EQ(found(), Secrets::locked) << "its assignment was learnt: no token has proved it here";
  assignment.credential = "its key";
  EXPECT_EQ(found(), Secrets::open) << "that is stored";
  assignment.enrollment_etag = "0";
  EXPECT_EQ(found(), Secrets::locked) << "by a key that may be another one";
  c.derived();
  EXPECT_EQ(found(), Secrets::open) << "that is in memory";
  assignment.enrollment_etag = "1";
  assignment.credential = "another key";
  EXPECT_EQ(found(), Secrets::open);
  c.trust.open_now = false;
  c.trust.forget_derived();
  EXPECT_EQ(found(), Secrets::locked) << "what is stored cannot be opened";
  c.by_group();
  c.trust.open_now = true;
  EXPECT_EQ(found(), Secrets::open) << "it is in no TPM";
}

}  // namespace
}  // namespace leafgate::held_secrets_test
