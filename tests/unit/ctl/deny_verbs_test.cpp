#include <fstream>
#include <functional>

#include <gmock/gmock.h>

#include "adapters/wire/deny_list.hpp"
#include "gateway/crypto/base64.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/crypto/document_signature.hpp"
#include "gateway/ctl/deny.hpp"
#include "gateway/ctl/text_file.hpp"
#include "tests/fakes/certificate_maker.hpp"
#include "tests/fakes/document_keys.hpp"
#include "tests/fakes/fake_deny_operator.hpp"
#include "tests/unit/ctl/verbs_fixture.hpp"

namespace leafgate::ctl::deny_verbs_test {
namespace {

using example::now;

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::string digest(64, 'a');

struct DenyVerbsTest : VerbsTest {
  FakeDenyOperator denials;
  status::Routes with_denials{[this] {
                                status::RoutesPorts ports{desk, metrics, loop.executor()};
                                ports.denials = &denials;
                                return ports;
                              }(),
                              getegid()};

  void SetUp() override {
    endpoint = std::make_unique<status::Endpoint>(loop.executor(), *net::listen_unix(path), with_denials);
    spawn(loop.executor(), endpoint->run());
    loop.start();
  }
  std::string file(const std::string& name, const std::string& text) const {
    const std::string where = folder.path() + "/" + name;
    std::ofstream(where) << text;
    return where;
  }
  DenyMakeQuestion question(const char* key) const {
    DenyMakeQuestion asked;
    asked.key_file = file("key.pem", key);
    asked.id_scope = "0ne00ABCDEF";
    asked.number = 7;
    return asked;
  }
};

TEST_F(DenyVerbsTest, makes_a_list_that_its_public_key_verifies) {
  for (const auto& [private_key, public_key] : {std::pair(example::ec_private, example::ec_public),
                                                std::pair(example::ed_private, example::ed_public)}) {
    DenyMakeQuestion asked = question(private_key);
    asked.ids = {"Pump-07"};
    asked.ids_file = file("ids", "# stolen\npump-08 \n\n pump-09\n");
    asked.certificates = {digest, "BB:" + digest.substr(2)};
    const std::string key(314, 'k');
    asked.endorsement_keys = {crypto::base64::encode(as_bytes(key))};
    asked.until = "2027-01-16T08:00:00Z";
    asked.out = folder.path() + "/list.json";
    ASSERT_EQ(make_deny_list(session(), asked), Exit::yes) << err.str();
    const auto list = wire::read_deny_list(*read_text(asked.out));
    ASSERT_TRUE(list) << list.error().detail;
    const auto verifier = crypto::DocumentVerifier::from_pem(public_key).value();
    EXPECT_EQ(list->algorithm, verifier.algorithm());
    EXPECT_TRUE(verifier.verifies(as_bytes(list->payload), list->signature));
    EXPECT_EQ(list->list.number, 7);
    std::vector<std::string> values;
    for (const Denial& entry : list->list.entries) {
      values.push_back(entry.value);
      EXPECT_EQ(entry.until, now + std::chrono::days(1));
    }
    EXPECT_THAT(values, ElementsAre("pump-07", "pump-08", "pump-09", digest, "bb" + digest.substr(2),
                                    crypto::hex(crypto::sha256(as_bytes(key)))));
  }
}

TEST_F(DenyVerbsTest, makes_nothing_out_of_mistakes) {
  const auto fails = [this](const std::function<void(DenyMakeQuestion&)>& change) {
    DenyMakeQuestion asked = question(example::ec_private);
    change(asked);
    out.str("");
    err.str("");
    EXPECT_EQ(make_deny_list(session(), asked), Exit::no);
    EXPECT_EQ(out.str(), "");
    return err.str();
  };
  EXPECT_THAT(fails([](auto& q) { q.ids = {"pump 07"}; }), HasSubstr("pump 07"));
  EXPECT_THAT(fails([](auto& q) { q.id_scope = ""; }), HasSubstr("--id-scope"));
  EXPECT_THAT(fails([](auto& q) { q.certificates = {"/nowhere.pem"}; }), HasSubstr("/nowhere.pem"));
  const std::string bundle =
      pem_of(CertificateMaker("pump-07").make()) + pem_of(CertificateMaker("ca").make());
  EXPECT_THAT(fails([&](auto& q) { q.certificates = {file("bundle.pem", bundle)}; }),
              HasSubstr("holds 2 certificates, perhaps a CA: give one, or its SHA-256"));
  EXPECT_THAT(fails([](auto& q) { q.endorsement_keys = {"AAAA"}; }), HasSubstr("AAAA"));
  EXPECT_THAT(fails([](auto& q) { q.until = "tomorrow"; }), HasSubstr("--until"));
  EXPECT_THAT(fails([](auto& q) { q.until = "2020-01-01T00:00:00Z"; }), HasSubstr("--until is past"));
  EXPECT_THAT(fails([](auto& q) { q.key_file = "/nowhere.pem"; }), HasSubstr("cannot be read"));
  const std::string told = fails([this](auto& q) { q.key_file = file("public.pem", example::ec_public); });
  EXPECT_THAT(told, HasSubstr("private key"));
  EXPECT_THAT(told, Not(HasSubstr("MFkw")));
  EXPECT_THAT(fails([](auto& q) { q.ids.assign(DenyList::most_entries + 1, "a"); }), HasSubstr("entries"));
}

TEST_F(DenyVerbsTest, adds_and_removes_by_any_name) {
  DenyEntryQuestion asked;
  EXPECT_EQ(add_denial(session(), asked), Exit::usage) << "nothing is named";
  asked.id = "Pump-07";
  asked.certificate = digest;
  denials.effect.connections = 2;
  EXPECT_EQ(add_denial(session(), asked), Exit::yes) << err.str();
  EXPECT_THAT(out.str(), HasSubstr("2 connections ended"));
  EXPECT_EQ(remove_denial(session(), asked), Exit::yes) << err.str();
  EXPECT_THAT(denials.changes, ElementsAre("deny registrationId pump-07", "deny certificate " + digest,
                                           "lift registrationId pump-07", "lift certificate " + digest));
  EXPECT_EQ(denials.who.because, "a test");
  expect_80_columns();
}

TEST_F(DenyVerbsTest, tells_why_a_list_was_refused) {
  denials.fail.fail_call(1, Error(Errc::conflict, "an older list: number 5, and number 7 is held"));
  const std::string list = wire::write_deny_list(R"({"idScope":"a","number":5,"entries":[]})",
                                                 DocumentAlgorithm::es256, Bytes(70, 1));
  EXPECT_EQ(import_denials(session(), file("list.json", list)), Exit::no);
  EXPECT_THAT(err.str(), HasSubstr("an older list"));
}

TEST_F(DenyVerbsTest, shows_the_lists) {
  EXPECT_EQ(show_denials(session()), Exit::yes);
  EXPECT_THAT(out.str(), HasSubstr("deny.signer is not set"));
  denials.report.has_signer = true;
  denials.report.list = HeldDenyList{7, "d", now};
  denials.report.listed_count = 3;
  denials.report.listed = {make_denial(DenyKind::certificate, digest).value()};
  out.str("");
  EXPECT_EQ(show_denials(session()), Exit::yes);
  EXPECT_THAT(out.str(), HasSubstr("signed list 7"));
  EXPECT_THAT(out.str(), HasSubstr("and 2 more"));
  expect_80_columns();
  denials.report.local = {make_denial(DenyKind::registration_id, "pump-07").value()};
  denials.report.local[0].until = now - std::chrono::days(1);
  denials.report.now = now;
  out.str("");
  EXPECT_EQ(show_denials(session()), Exit::yes);
  EXPECT_THAT(out.str(), HasSubstr(" ended 2027-01-14T08:00:00Z\n"));
}

TEST_F(DenyVerbsTest, shows_who_waits_and_takes_a_word) {
  EXPECT_EQ(show_held(session()), Exit::yes);
  EXPECT_EQ(out.str(), "no leaf is held\n");
  HeldLeaf& leaf = denials.leaves.emplace_back();
  leaf.registration_id = std::string(128, 'p');
  leaf.reason = Reason::two_places_at_once;
  leaf.source = "192.0.2.7";
  leaf.other_place = "192.0.2.8";
  leaf.client = "azure-iot-\x1b[31mevil";
  leaf.mechanism = Mechanism::x509;
  leaf.fingerprint = digest;
  leaf.since = leaf.last = now - std::chrono::minutes(3);
  leaf.times = 4;
  out.str("");
  EXPECT_EQ(show_held(session()), Exit::yes);
  EXPECT_THAT(out.str(), HasSubstr("two-places-at-once"));
  EXPECT_THAT(out.str(), HasSubstr("192.0.2.8"));
  EXPECT_THAT(out.str(), HasSubstr(digest));
  expect_80_columns();
  denials.approval.to_do = {"DPS must take it too:",
                            "az iot dps enrollment update --endorsement-key " + digest};
  out.str("");
  EXPECT_EQ(approve_leaf(session(), "pump-07", digest), Exit::yes) << err.str();
  EXPECT_THAT(out.str(), HasSubstr("\n  az iot dps enrollment update --endorsement-key " + digest + "\n"))
      << "one line, to be copied";
  denials.approval.lifts = {"leafgatectl deny remove --certificate " + digest};
  EXPECT_EQ(approve_leaf(session(), "pump-07", digest), Exit::yes) << err.str();
  EXPECT_THAT(out.str(), HasSubstr("denied still"));
  EXPECT_THAT(out.str(), HasSubstr("\n  leafgatectl deny remove --certificate " + digest + "\n"));
  EXPECT_EQ(reject_leaf(session(), "pump-07"), Exit::yes);
  EXPECT_THAT(denials.changes,
              ElementsAre("approve pump-07 " + digest, "approve pump-07 " + digest, "reject pump-07"));
}

}  // namespace
}  // namespace leafgate::ctl::deny_verbs_test
