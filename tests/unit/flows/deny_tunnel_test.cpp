// Leaves that were sent to the service by connections of their own: who is kept out is ended there too.
#include "tests/unit/flows/certificate_site.hpp"
#include "tests/unit/flows/deny_site.hpp"

namespace leafgate::deny_tunnel_test {
namespace {

using Maker = CertificateMaker;
using Connection = std::shared_ptr<CountedPresence>;

constexpr const char* service_name = "global.azure-devices-provisioning.net";

class DenyTunnelTest : public CertificateSite {
 protected:
  DenyTunnelTest() {
    site_.policy.unknown = UnknownPolicy::relay;
    site_.policy.pass_names = {service_name};
    at_.restart();
  }

  // It shows its certificate and comes back.
  Connection goes_through(const std::vector<TestCertificate>& shown, const std::string& id,
                          const std::string& address) {
    Attempt a = attempt(shown, id);
    a.server_name = service_name;
    a.source.address = address;
    a.knock = true;
    EXPECT_TRUE(site_.admit(std::move(a)).elsewhere) << id;
    auto connection = std::make_shared<CountedPresence>();
    EXPECT_EQ(passes().take(address, connection), id);
    return connection;
  }
  Connection shown_in_clear(const TestCertificate& certificate) {
    auto connection = std::make_shared<CountedPresence>();
    auto look = at_.desk->look_at(connection, "192.0.2.77", as_certificate(certificate));
    site_.simulator.run(std::move(look));
    return connection;
  }
  Passes& passes() { return site_.running->passes; }
  static Denial certificate(const TestCertificate& of) {
    return DenyDeskAt::entry(DenyKind::certificate, as_certificate(of).sha256());
  }
  static Denial id(const std::string& of) { return DenyDeskAt::entry(DenyKind::registration_id, of); }

  DenyDeskAt at_{site_};
  const TestCertificate below_line_ = Maker("pump-08").by(line_).make();
};

TEST_F(DenyTunnelTest, ends_by_whatever_it_has_shown) {
  enroll(EnrollmentKind::group, "line-a", ca_);
  const struct {
    const char* what;
    Denial denied;
    bool ends_first;   // pump-07, by the site CA, which it leaves out
    bool ends_second;  // pump-08, by the line CA, which it shows
  } rows[] = {
      {"its id", id("PUMP-07"), true, false},
      {"another id", id("pump-09"), false, false},
      {"its certificate", certificate(leaf_), true, false},
      {"a CA that is shown", certificate(line_), false, true},
      {"a CA that is enrolled here", certificate(ca_), true, true},
      {"an endorsement key", DenyDeskAt::entry(DenyKind::endorsement_key, std::string(64, 'a')), false,
       false},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.what);
    const Connection first = goes_through({leaf_}, "pump-07", "192.0.2.7");
    const Connection second = goes_through({below_line_, line_}, "pump-08", "192.0.2.8");
    const auto effect = at_.deny(row.denied);
    ASSERT_TRUE(effect);
    EXPECT_EQ(first->ended, row.ends_first ? 1 : 0);
    EXPECT_EQ(second->ended, row.ends_second ? 1 : 0);
    EXPECT_EQ(effect->connections, static_cast<std::size_t>(row.ends_first) + row.ends_second);
    EXPECT_EQ(passes().take("192.0.2.7", nullptr).has_value(), !row.ends_first);
    EXPECT_EQ(passes().take("192.0.2.8", nullptr).has_value(), !row.ends_second);
    ASSERT_TRUE(at_.lift(row.denied));
  }
}

TEST_F(DenyTunnelTest, ends_by_a_CA_whatever_else_it_has_shown) {
  enroll(EnrollmentKind::group, "line-a", ca_);
  const TestCertificate unrelated = Maker("Some CA").ca().make();
  const Connection first = goes_through({leaf_, unrelated}, "pump-07", "192.0.2.7");
  const Connection other = goes_through({below_line_, unrelated}, "pump-08", "192.0.2.8");
  EXPECT_EQ(at_.deny(certificate(ca_))->connections, 1U);
  EXPECT_EQ(first->ended, 1);
  EXPECT_EQ(other->ended, 0) << "its issuer is not known here";
}

TEST_F(DenyTunnelTest, ends_by_a_signed_list_and_by_an_operators_no) {
  const Connection first = goes_through({leaf_}, "pump-07", "192.0.2.7");
  const Connection second = goes_through({below_line_}, "pump-08", "192.0.2.8");
  ASSERT_TRUE(at_.import(DenyDeskAt::list(1, {id("pump-07")})));
  EXPECT_EQ(first->ended, 1);
  EXPECT_EQ(second->ended, 0);
  ASSERT_TRUE(at_.reject("pump-08"));
  EXPECT_EQ(second->ended, 1);
}

TEST_F(DenyTunnelTest, does_not_begin_again) {
  const Connection first = goes_through({leaf_}, "pump-07", "192.0.2.7");
  ASSERT_TRUE(at_.deny("pump-07"));
  Attempt again = attempt({leaf_});
  again.server_name = service_name;
  EXPECT_EQ(site_.admit(std::move(again)).reason, Reason::denied);
  EXPECT_FALSE(passes().take("192.0.2.7", nullptr));
}

// For sources that always pass, or with a pass that another one of the address was given.
TEST_F(DenyTunnelTest, ends_where_its_certificate_passes_in_clear) {
  enroll(EnrollmentKind::group, "line-a", ca_);
  const Connection before = shown_in_clear(leaf_);
  const Connection other = shown_in_clear(below_line_);
  EXPECT_EQ(before->ended, 0);
  EXPECT_EQ(at_.deny("pump-07")->connections, 1U);
  EXPECT_EQ(before->ended, 1);
  EXPECT_EQ(shown_in_clear(leaf_)->ended, 1) << "at once where it is denied already";
  ASSERT_TRUE(at_.lift(id("pump-07")));
  EXPECT_EQ(shown_in_clear(leaf_)->ended, 0);
  ASSERT_TRUE(at_.deny(certificate(ca_)));
  EXPECT_EQ(shown_in_clear(leaf_)->ended, 1) << "by a CA that is enrolled here";
  EXPECT_EQ(other->ended, 0) << "its issuer is not known here";
  ASSERT_TRUE(at_.reject("pump-08"));
  EXPECT_EQ(other->ended, 1);
  EXPECT_EQ(shown_in_clear(below_line_)->ended, 1);
}

}  // namespace
}  // namespace leafgate::deny_tunnel_test
