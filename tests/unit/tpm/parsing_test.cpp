#include <gtest/gtest.h>
#include <tss2/tss2_tpm2_types.h>

#include "adapters/tpm/activation.hpp"
#include "adapters/tpm/failure.hpp"
#include "adapters/tpm/tcti.hpp"
#include "adapters/tpm/tcti_address.hpp"

namespace leafgate::tpm::parsing_test {
namespace {

struct AddressRow {
  const char* text;
  std::optional<TctiAddress> address;
};

TEST(TctiAddress, is_read_as_tpm2_tss_writes_it) {
  using Kind = TctiAddress::Kind;
  const std::string long_path = "swtpm:path=/" + std::string(120, 'x');
  const AddressRow rows[] = {
      {"device:/dev/tpmrm0", TctiAddress{Kind::device, "/dev/tpmrm0", "", 0}},
      {"swtpm:path=/run/tpm", TctiAddress{Kind::unix_socket, "/run/tpm", "", 0}},
      {"swtpm:host=127.0.0.1,port=2321", TctiAddress{Kind::tcp, "", "127.0.0.1", 2321}},
      {"swtpm:port=2321,host=localhost", TctiAddress{Kind::tcp, "", "127.0.0.1", 2321}},
      {"swtpm:port=65535", TctiAddress{Kind::tcp, "", "127.0.0.1", 65535}},
      {"swtpm:host=::1,port=1", TctiAddress{Kind::tcp, "", "::1", 1}},
      {"", {}},
      {"device", {}},
      {"device:", {}},
      {"device:tpm0", {}},
      {"swtpm:", {}},
      {"swtpm:path=", {}},
      {"swtpm:path=relative", {}},
      {"swtpm:path=/a,path=/b", {}},
      {"swtpm:path=/a,port=1", {}},
      {"swtpm:port=1,path=/a", {}},
      {"swtpm:host=127.0.0.1", {}},
      {"swtpm:host=tpm.example,port=1", {}},
      {"swtpm:port=0", {}},
      {"swtpm:port=65536", {}},
      {"swtpm:port=1x", {}},
      {"swtpm:port=1,", {}},
      {"swtpm:bogus=1", {}},
      {"mssim:port=1", {}},
      {long_path.c_str(), {}},
  };
  for (const AddressRow& row : rows) {
    const auto read = parse_tcti(row.text);
    EXPECT_EQ(static_cast<bool>(read), row.address.has_value()) << row.text;
    if (read && row.address) {
      EXPECT_EQ(*read, *row.address) << row.text;
    }
  }
  EXPECT_EQ(parse_tcti("tabrmd:").error().code, Errc::unsupported);
}

struct SignRow {
  TSS2_RC code;
  Sign sign;
};

TEST(TpmFailure, response_codes_are_understood) {
  const SignRow rows[] = {
      {0xa000a, Sign::no_answer}, {0x70007, Sign::no_answer}, {0x80007, Sign::no_answer},
      {0x910, Sign::restarted},   {0x918, Sign::restarted},   {0x91e, Sign::restarted},
      {0x18b, Sign::restarted},   {0x1cb, Sign::restarted},   {0x18a, Sign::restarted},
      {0x100, Sign::restarted},   {0x1ca, Sign::request},     {0x1df, Sign::strange},
      {0x3df, Sign::strange},     {0x9a2, Sign::strange},     {0x98e, Sign::strange},
      {0x101, Sign::failing},     {0x921, Sign::locked},      {0x902, Sign::crowded},
      {0x903, Sign::crowded},     {0x905, Sign::crowded},     {0x920, Sign::later},
      {0x922, Sign::later},       {0x923, Sign::later},       {0x99d, Sign::request},
      {0x2db, Sign::request},     {0x14b, Sign::request},     {0x12f, Sign::request},
  };
  for (const SignRow& row : rows) EXPECT_EQ(sign_of(row.code), row.sign) << std::hex << row.code;
}

// A transport without a TPM.
class Deaf final : public Transport {
 public:
  Result<void> send(ByteView, TimePoint) override { return {}; }
  Result<Bytes> receive(TimePoint) override { return Error(Errc::timed_out, "nothing"); }
};

TEST(Tcti, gives_a_command_up_when_its_time_is_over) {
  std::atomic<std::uint64_t> commands = 0;
  Watch watch;
  watch.command_timeout = Millis(3);
  watch.slice = Millis(1);
  watch.commands = &commands;
  Tcti tcti(std::make_unique<Deaf>(), watch);
  const Bytes command = {0x80, 0x01, 0, 0, 0, 12, 0, 0, 0x01, 0x7b, 0, 8};
  const auto none = tcti.exchange(command);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Errc::timed_out);
  EXPECT_EQ(commands, 1U);
}

TEST(Tcti, a_look_that_says_now_ends_a_command) {
  int looks = 0;
  Watch watch;
  watch.slice = Millis(1);
  watch.look_up = [&looks] { return ++looks > 3 ? TimePoint::min() : TimePoint::max(); };
  Tcti tcti(std::make_unique<Deaf>(), watch);
  const auto none = tcti.exchange(Bytes(12));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Errc::timed_out);
  EXPECT_EQ(looks, 4);
}

TEST(Transport, a_frame_has_a_size_that_it_can_have) {
  EXPECT_EQ(framed_size(Bytes{0x80, 1, 0, 0, 0, 10, 0, 0, 0, 0}), 10U);
  EXPECT_EQ(framed_size(Bytes{0x80, 1, 0, 0, 16, 0, 0, 0, 0, 0}), 4096U);
  EXPECT_EQ(framed_size(Bytes{0x80, 1, 0, 0, 16, 1, 0, 0, 0, 0}), 0U);
  EXPECT_EQ(framed_size(Bytes{0x80, 1, 0, 0, 0, 9, 0, 0, 0, 0}), 0U);
  EXPECT_EQ(framed_size(Bytes{0x80, 1, 1, 0, 0, 10, 0, 0, 0, 0}), 0U);
  EXPECT_EQ(framed_size(Bytes{0x80, 1, 0, 0, 0, 10}), 0U);
}

// An authenticationKey of the right shape; nothing in it opens.
Bytes shaped(std::uint16_t scheme_hash = TPM2_ALG_SHA256) {
  Bytes out;
  const auto sized = [&out](std::size_t size) {
    out.push_back(static_cast<std::uint8_t>(size >> 8));
    out.push_back(static_cast<std::uint8_t>(size));
    out.insert(out.end(), size, 0);
  };
  sized(52);
  sized(256);
  sized(142);
  sized(256);
  const Bytes area = {0,
                      48,
                      0,
                      8,
                      0,
                      11,
                      0,
                      4,
                      4,
                      0x40,
                      0,
                      0,
                      0,
                      5,
                      static_cast<std::uint8_t>(scheme_hash >> 8),
                      static_cast<std::uint8_t>(scheme_hash),
                      0,
                      32};
  out.insert(out.end(), area.begin(), area.end());
  out.insert(out.end(), 32, 7);
  return out;
}

TEST(AuthenticationKey, is_read_to_its_last_octet_with_or_without_a_trailer) {
  Bytes whole = shaped();
  EXPECT_TRUE(parse_authentication_key(whole));
  const std::size_t size = whole.size();
  for (std::size_t cut = 0; cut < size; ++cut)
    EXPECT_FALSE(parse_authentication_key(ByteView(whole).first(cut))) << cut;
  whole.insert(whole.end(), {0, 3, 1, 2, 3});
  EXPECT_TRUE(parse_authentication_key(whole));
  EXPECT_FALSE(parse_authentication_key(ByteView(whole).first(whole.size() - 1)));
  whole.push_back(0);
  EXPECT_FALSE(parse_authentication_key(whole));
  EXPECT_FALSE(parse_authentication_key(shaped(TPM2_ALG_SHA1)));
}

}  // namespace
}  // namespace leafgate::tpm::parsing_test
