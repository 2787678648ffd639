#include <gmock/gmock.h>

#include "gateway/crypto/digest.hpp"
#include "tests/unit/ctl/verbs_fixture.hpp"

namespace leafgate::ctl::line_verbs_test {
namespace {

using example::now;

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string pin = crypto::hex(crypto::sha256(Bytes(64, 0x07)));

struct LineVerbsTest : VerbsTest {
  // A line that works with two leaves, one that babbles, and a broker.
  void fill() {
    LineFacts& good = carriers.lines.add("line1");
    good.multidrop = true;
    good.frames_sent = 12'034;
    good.frames_received = 11'988;
    good.frames_bad = 12;
    good.retries = 1;
    good.messages_heard = 17;
    FakeLines::add_leaf(good, "press-01").retries = 1;
    FakeLines::add_leaf(good, "").last_good.reset();
    LineFacts& bad = carriers.lines.add("line2");
    bad.state = LineState::babbling;
    bad.detail = "1204 octets that nobody asked for within 2 s; it is looked at again in 60 s";
    BrokerFacts& broker = carriers.lines.site_broker.emplace();
    broker.uri = "mqtts://broker.site:8883";
    broker.connected = true;
    broker.protocol = 5;
    broker.since = Millis(3 * 3'600'000);
    broker.messages_heard = 41;
  }
  int status() {
    out.str("");
    return show_status(session());
  }
  std::string explained(const std::string& what) {
    out.str("");
    err.str("");
    EXPECT_EQ(explain(session(), what), Exit::yes) << err.str();
    expect_80_columns();
    return out.str();
  }
  static AttemptNote from(const std::string& source, bool proved) {
    AttemptNote out = note(Reason::answered_from_cache, "leaf link");
    out.source = source;
    out.unverified = !proved;
    return out;
  }
};

TEST_F(LineVerbsTest, lists_lines_with_their_leaves_the_broker_and_the_pin) {
  fill();
  EXPECT_EQ(show_lines(session()), Exit::yes);
  const std::string text = out.str();
  EXPECT_THAT(text, StartsWith("line1 working, 2 leaves, last good frame 2 s ago\n"
                               "  /dev/serial/by-id/usb-line1, 9600 baud, multidrop\n"));
  EXPECT_THAT(text,
              HasSubstr("  12034 frames sent, 11988 received, 12 bad (0.1 %); 1 retry, 17 messages heard"));
  EXPECT_THAT(text, HasSubstr("  1       press-01        0011223344556611 240 2 s       1\n"));
  EXPECT_THAT(text, HasSubstr("  2       -               0011223344556612 240 never     0\n"));
  EXPECT_THAT(text, HasSubstr("line2 babbling: 1204 octets that nobody asked for within 2 s"));
  EXPECT_THAT(text, HasSubstr("9600 baud, point to point\n\nbroker"));
  EXPECT_THAT(text,
              HasSubstr("broker connected for 3 h, MQTT 5, mqtts://broker.site:8883\n  41 messages heard"));
  EXPECT_THAT(text, HasSubstr("pin " + pin + "\n"));
  expect_80_columns();
  json = true;
  out.str("");
  EXPECT_EQ(show_lines(session()), Exit::yes);
  EXPECT_THAT(out.str(), HasSubstr("\"framesSent\": 12034"));
}

TEST_F(LineVerbsTest, nothing_that_a_leaf_says_moves_the_cursor_or_the_columns) {
  LineFacts& line = carriers.lines.add("/dev/serial/by-id/" + std::string(90, 'x'));
  line.detail = "held by \x1b[2J" + std::string(120, 'y');
  LineLeaf& leaf = FakeLines::add_leaf(line, "press\x1b[31m" + std::string(128, 'z'));
  leaf.uid = "not 16 digits, but a leaf's word";
  leaf.retries = 123'456;
  line.frames_sent = line.frames_received = line.frames_bad = ~std::uint64_t{0} >> 1U;
  EXPECT_EQ(show_lines(session()), Exit::yes);
  expect_80_columns();
  EXPECT_EQ(status(), Exit::yes);
  expect_80_columns();
}

TEST_F(LineVerbsTest, releases_and_claims_a_line_and_says_why_not) {
  carriers.lines.add("/dev/ttyUSB0");
  EXPECT_EQ(release_line(session(), "/dev/ttyUSB0"), Exit::yes) << err.str();
  EXPECT_THAT(out.str(), StartsWith("/dev/ttyUSB0: given to the data application"));
  EXPECT_EQ(carriers.who.because, "a test");
  EXPECT_EQ(show_lines(session()), Exit::yes);
  EXPECT_THAT(out.str(),
              HasSubstr("/dev/ttyUSB0 released: leafgatectl line claim /dev/ttyUSB0 takes it back\n"));
  EXPECT_EQ(release_line(session(), "/dev/ttyUSB0"), Exit::no);
  EXPECT_EQ(err.str(), "leafgatectl: released already\n");
  EXPECT_EQ(claim_line(session(), "/dev/ttyUSB0"), Exit::yes);
  EXPECT_EQ(claim_line(session(), "line3"), Exit::no);
  EXPECT_EQ(carriers.changes, (std::vector<std::string>{"release /dev/ttyUSB0", "release /dev/ttyUSB0",
                                                        "claim /dev/ttyUSB0", "claim line3"}));
}

TEST_F(LineVerbsTest, prints_the_pin_as_firmware_wants_it) {
  carriers.lines.add("line1");
  EXPECT_EQ(show_link_identity(session(), {}), Exit::yes);
  EXPECT_THAT(out.str(), HasSubstr("    " + pin + "\n"));
  EXPECT_THAT(out.str(), HasSubstr("    " + crypto::hex(Bytes(32, 0x07)) + "\n"));
  expect_80_columns();
  EXPECT_EQ(show_link_identity(session(), {"line1"}), Exit::yes);
  EXPECT_EQ(show_link_identity(session(), {"line2"}), Exit::no);
  EXPECT_THAT(err.str(), HasSubstr("no serial line has this name"));

  out.str("");
  LinkIdentityQuestion question;
  question.qr = true;
  EXPECT_EQ(show_link_identity(session(), question), Exit::yes);
  EXPECT_THAT(out.str(), HasSubstr("\u2588"));
  EXPECT_THAT(out.str(), Not(HasSubstr(pin)));

  carriers.fail.fail_all(Error(Errc::throttled, "the store's secrets are locked"));
  EXPECT_EQ(show_link_identity(session(), {}), Exit::no);
  EXPECT_THAT(err.str(), HasSubstr("the store's secrets are locked"));
  out.str("");
  EXPECT_EQ(show_lines(session()), Exit::yes);
  EXPECT_EQ(out.str().find(pin), std::string::npos);
  EXPECT_THAT(out.str(), HasSubstr("leafgatectl line identity says why"));
}

TEST_F(LineVerbsTest, the_status_has_lines_in_trouble_first) {
  EXPECT_EQ(status(), Exit::yes);
  EXPECT_THAT(out.str(), Not(HasSubstr("broker")));
  fill();
  EXPECT_EQ(status(), Exit::yes);
  EXPECT_THAT(out.str(),
              HasSubstr("  line         line2 babbling: 1204 octets that nobody asked for within 2 s; it\n"
                        "               is looked at again in 60 s\n"
                        "  line         line1 working, 2 leaves, last good frame 2 s ago\n"
                        "  broker       connected for 3 h, MQTT 5, mqtts://broker.site:8883\n"));
  carriers.lines.site_broker->connected = false;
  carriers.lines.site_broker->detail = "connection refused";
  carriers.lines.site_broker->other_gateway = true;
  EXPECT_EQ(status(), Exit::yes);
  EXPECT_THAT(out.str(),
              HasSubstr("  broker       not connected for 3 h, mqtts://broker.site:8883: connection"));
  EXPECT_THAT(out.str(), HasSubstr("another gateway answers"));
  expect_80_columns();
}

TEST_F(LineVerbsTest, explain_tells_where_a_leaf_answers) {
  fill();
  Explanation& told = leaf("press-01", RegistrationStatus::assigned, Reason::answered_from_cache);
  told.notes = {from("line1/1", true)};
  EXPECT_THAT(explained("press-01"),
              HasSubstr("It answers on serial line line1, address 1; its last good frame came 2 s ago.\n"));
  told.notes = {from("line1/1", false)};
  EXPECT_THAT(explained("press-01"), HasSubstr("calls itself so is on serial line line1, address 1"));
  told.notes = {from("line2/9", true)};
  carriers.lines.all[0].leaves.clear();
  EXPECT_THAT(explained("press-01"),
              HasSubstr("It answered on serial line line2, address 9, and is not there "
                        "now. The line is\nbabbling: 1204 octets"));
  told.notes = {from("broker/press-01", true)};
  EXPECT_THAT(explained("press-01"),
              HasSubstr("It answers through the site's broker, mqtts://broker.site:8883.\n"));
  carriers.lines.site_broker->connected = false;
  EXPECT_THAT(explained("press-01"), HasSubstr("The broker is\nnot connected.\n"));
  told.notes = {from("192.0.2.7", true)};
  EXPECT_THAT(explained("press-01"), Not(HasSubstr("It answers")));
}

TEST_F(LineVerbsTest, explain_takes_an_address_of_a_line_or_the_broker) {
  fill();
  leaf("press-01", RegistrationStatus::assigned, Reason::answered_from_cache);
  EXPECT_THAT(explained("line1/1"), StartsWith("press-01 is assigned"));
  EXPECT_THAT(explained("broker/press-01"), StartsWith("press-01 is assigned"));
  EXPECT_EQ(explain(session(), "line1/2"), Exit::no) << "it has not said who it is";
  EXPECT_EQ(explain(session(), "line7/1"), Exit::no);
  EXPECT_EQ(explain(session(), "broker/-no-"), Exit::no);
  StrangerRow& stranger = desk.strangers_seen["line1/1"];
  stranger.address = "line1/1";
  stranger.events = 3;
  stranger.notes = {note(Reason::link_unanswered, "")};
  EXPECT_THAT(explained("line1/1"), StartsWith("line1/1 failed 3 times without proving who it is"));
}

TEST_F(LineVerbsTest, a_long_path_as_a_source_keeps_its_address) {
  leaf("press-01", RegistrationStatus::assigned, Reason::answered_from_cache).notes = {
      from("/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A5069RR4-if00-port0/17", true)};
  EXPECT_THAT(explained("press-01"), HasSubstr(" ..069RR4-if00-port0/17\n"));
}

}  // namespace
}  // namespace leafgate::ctl::line_verbs_test
