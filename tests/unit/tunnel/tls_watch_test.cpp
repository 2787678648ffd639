#include "adapters/tunnel/tls_watch.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "adapters/tunnel/tls_alert.hpp"
#include "gateway/crypto/x509.hpp"
#include "tests/unit/tunnel/handshake.hpp"

namespace leafgate::tunnel::tls_watch_test {
namespace {

// All that a watch told of what it was fed with.
struct Seen {
  std::string common_name;
  std::string alert_of_client;
  std::string alert_of_server;
  bool answered = false;
  bool over = false;
  bool operator==(const Seen&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Seen& seen) {
  return out << "CN " << seen.common_name << ", alerts " << seen.alert_of_client << "/"
             << seen.alert_of_server << (seen.answered ? ", answered" : "") << (seen.over ? ", over" : "");
}

void feed(TlsWatch& watch, Side from, ByteView octets) {
  if (from == Side::leaf) {
    watch.from_client(octets);
  } else {
    watch.from_server(octets);
  }
}

Seen told(TlsWatch& watch) {
  Seen seen;
  const Bytes der = watch.take_certificate();
  if (!der.empty()) seen.common_name = crypto::Certificate::parse(der).value().common_name().value_or("?");
  seen.alert_of_client = watch.alert_of_client();
  seen.alert_of_server = watch.alert_of_server();
  seen.answered = watch.answered();
  seen.over = watch.is_over();
  return seen;
}

// Cut once, behind so many octets of all that is said.
Seen watched(const Conversation& conversation, std::size_t cut = 0) {
  TlsWatch watch;
  std::size_t before = 0;
  for (const auto& piece : conversation.pieces()) {
    const ByteView octets(piece.octets);
    const std::size_t here = cut > before ? std::min(cut - before, octets.size()) : 0;
    feed(watch, piece.from, octets.first(here));
    feed(watch, piece.from, octets.subspan(here));
    before += octets.size();
  }
  return told(watch);
}

Seen watched_octet_by_octet(const Conversation& conversation) {
  TlsWatch watch;
  for (const auto& piece : conversation.pieces())
    for (const std::uint8_t octet : piece.octets) feed(watch, piece.from, ByteView(&octet, 1));
  return told(watch);
}

struct Row {
  const char* what;
  Meeting meeting;
  Seen seen;
};

std::vector<Row> rows() {
  constexpr int v2 = TLS1_2_VERSION;
  constexpr int v3 = TLS1_3_VERSION;
  return {
      {"1.2, P-256", {.version = v2}, {"press-7", "", "", true, true}},
      {"1.2, RSA", {.version = v2, .rsa = true}, {"press-7", "", "", true, true}},
      {"1.2, in many records",
       {.version = v2, .rsa = true, .fragment = 512},
       {"press-7", "", "", true, true}},
      {"1.2, no certificate", {.version = v2, .shows = false}, {"", "", "", true, true}},
      {"1.2, leaf lacks the CA", {.version = v2, .leaf_trusts = false}, {"", "unknown CA", "", false, false}},
      {"1.2, service does not take it",
       {.version = v2, .service_trusts = false},
       {"press-7", "", "unknown CA", false, false}},
      {"1.2, nothing said", {.version = v2, .speaks = false}, {"press-7", "", "", false, false}},
      {"1.3, P-256", {.version = v3}, {"", "", "", true, true}},
      {"1.3, RSA", {.version = v3, .rsa = true}, {"", "", "", true, true}},
      {"1.3, in many records", {.version = v3, .rsa = true, .fragment = 512}, {"", "", "", true, true}},
      {"1.3, no certificate", {.version = v3, .shows = false}, {"", "", "", true, true}},
      {"1.3, leaf lacks the CA", {.version = v3, .leaf_trusts = false}, {"", "unknown CA", "", false, false}},
      {"1.3, service does not take it", {.version = v3, .service_trusts = false}, {"", "", "", false, false}},
      {"1.3, tickets are an answer", {.version = v3, .speaks = false}, {"", "", "", true, true}},
  };
}

TEST(TlsWatch, tells_what_is_in_clear) {
  for (const Row& row : rows()) {
    const Conversation conversation(row.meeting);
    EXPECT_EQ(watched(conversation), row.seen) << row.what;
  }
}

TEST(TlsWatch, tells_the_same_wherever_it_is_cut) {
  for (const Row& row : rows()) {
    const Conversation conversation(row.meeting);
    for (std::size_t cut = 1; cut < conversation.octets(); ++cut)
      ASSERT_EQ(watched(conversation, cut), row.seen) << row.what << " cut at " << cut;
  }
}

TEST(TlsWatch, octet_by_octet_tells_the_alert_and_the_answer) {
  for (const Row& row : rows()) {
    EXPECT_EQ(watched_octet_by_octet(Conversation(row.meeting)), row.seen) << row.what;
  }
}

// A record of the client's handshake with this content.
Bytes record(const Bytes& content, std::uint8_t type = 22) {
  Bytes out{type, 3, 3, static_cast<std::uint8_t>(content.size() >> 8U),
            static_cast<std::uint8_t>(content.size())};
  out.insert(out.end(), content.begin(), content.end());
  return out;
}

struct Claim {
  const char* what;
  Bytes message;
};

TEST(TlsWatch, keeps_nothing_of_a_certificate_message_that_contradicts_itself) {
  const Claim claims[] = {
      {"no certificate", {11, 0, 0, 3, 0, 0, 0}},
      {"longer than its list", {11, 0, 0, 7, 0, 0, 4, 0, 0, 9, 0x30}},
      {"longer than may be kept", {11, 1, 0, 6, 1, 0, 3, 0, 0x40, 1}},
      {"an empty one", {11, 0, 0, 6, 0, 0, 3, 0, 0, 0}},
      {"ends within it", {11, 0, 0, 8, 0, 0, 9, 0, 0, 6, 0x30, 0x00}},
      {"ends before its length", {11, 0, 0, 4, 0, 0, 9, 0}},
  };
  for (const Claim& claim : claims) {
    TlsWatch watch;
    watch.from_client(record(claim.message));
    watch.from_client(record({20, 0, 0, 8, 0x30, 1, 2, 3, 4, 5, 6, 7}));
    EXPECT_TRUE(watch.take_certificate().empty()) << claim.what;
  }
}

TEST(TlsWatch, keeps_a_certificate_of_16_kib_and_none_of_more) {
  for (const std::size_t size : {TlsWatch::largest, TlsWatch::largest + 1}) {
    TlsWatch watch;
    const auto three = [](std::size_t n) {
      return Bytes{static_cast<std::uint8_t>(n >> 16U), static_cast<std::uint8_t>(n >> 8U),
                   static_cast<std::uint8_t>(n)};
    };
    Bytes message{11};
    for (const std::size_t n : {size + 6, size + 3, size}) {
      const Bytes part = three(n);
      message.insert(message.end(), part.begin(), part.end());
    }
    message.resize(message.size() + size, 0x5a);
    for (std::size_t at = 0; at < message.size(); at += 1000) {
      const auto begin = message.begin() + static_cast<std::ptrdiff_t>(at);
      const auto end = begin + static_cast<std::ptrdiff_t>(std::min<std::size_t>(1000, message.size() - at));
      watch.from_client(record(Bytes(begin, end)));
    }
    EXPECT_EQ(watch.take_certificate().size(), size == TlsWatch::largest ? size : 0U);
  }
}

TEST(TlsWatch, looks_away_from_what_is_no_tls) {
  for (const Bytes& octets : {Bytes{'G', 'E', 'T', ' ', '/', ' '}, Bytes{22, 2, 0, 0, 1, 1},
                              Bytes{22, 3, 3, 0xff, 0xff, 1}, Bytes{24, 3, 3, 0, 1, 1}}) {
    TlsWatch watch;
    watch.from_client(octets);
    watch.from_server(octets);
    watch.from_client(record({2, 48}, 21));
    EXPECT_TRUE(watch.is_over());
    EXPECT_EQ(watch.alert_of_client(), "");
    EXPECT_FALSE(watch.answered());
  }
}

TEST(TlsWatch, takes_only_a_fatal_alert_for_the_end) {
  TlsWatch watch;
  watch.from_server(record({1, 112}, 21));  // a warning: unrecognized name
  watch.from_client(record({1, 0}, 21));    // goodbye
  EXPECT_EQ(watch.alert_of_server(), "");
  EXPECT_EQ(watch.alert_of_client(), "");
  watch.from_client(record({2, 45}, 21));
  watch.from_client(record({2, 80}, 21));
  EXPECT_EQ(watch.alert_of_client(), "certificate expired") << "the first";
}

TEST(TlsWatch, early_data_is_not_taken_for_the_end_of_a_handshake) {
  TlsWatch watch;
  watch.from_client(record(Bytes(40, 1), 23));
  watch.from_server(record({2, 0, 0, 0}));
  watch.from_server(record(Bytes(90, 1), 23));
  EXPECT_FALSE(watch.answered());
  watch.from_client(record(Bytes(60, 1), 23));
  watch.from_server(record(Bytes(19, 1), 23));
  EXPECT_FALSE(watch.answered()) << "as long as an alert";
  watch.from_server(record(Bytes(21, 1), 23));
  EXPECT_TRUE(watch.answered());
}

TEST(TlsAlert, is_named_as_openssl_names_it) {
  for (int n = 0; n < 256; ++n)
    EXPECT_EQ(alert_name(static_cast<std::uint8_t>(n)), SSL_alert_desc_string_long(n)) << n;
  EXPECT_TRUE(is_about_certificate("unknown CA"));
  EXPECT_TRUE(is_about_certificate("certificate expired"));
  EXPECT_FALSE(is_about_certificate("protocol version"));
  EXPECT_FALSE(is_about_certificate(""));
}

}  // namespace
}  // namespace leafgate::tunnel::tls_watch_test
