#include "gateway/crypto/der_frame.hpp"

#include <gtest/gtest.h>

#include "gateway/crypto/x509.hpp"
#include "tests/fakes/certificate_maker.hpp"

namespace leafgate::crypto::der_frame_test {
namespace {

TEST(DerFrame, is_judged_by_lengths_alone) {
  struct Row {
    Bytes octets;
    bool framed;
    const char* why;
  };
  const Row rows[] = {
      {{0x30, 0x00}, true, "an empty sequence"},
      {{0x30, 0x03, 0x02, 0x01, 0x07}, true, "with a number in it"},
      {{0x30, 0x04, 0x30, 0x02, 0x05, 0x00}, true, "with a sequence in it"},
      {{0x30, 0x04, 0x1f, 0x81, 0x01, 0x00}, true, "with a tag of two octets more"},
      {{}, false, "nothing"},
      {{0x30}, false, "no length"},
      {{0x31, 0x00}, false, "a set"},
      {{0x30, 0x01}, false, "cut off"},
      {{0x30, 0x00, 0x00}, false, "followed by something"},
      {{0x30, 0x80, 0x00, 0x00}, false, "an indefinite length"},
      {{0x30, 0x81, 0x00}, false, "a length longer than needed"},
      {{0x30, 0x84, 0xff, 0xff, 0xff, 0xff}, false, "a length beyond all"},
      {{0x30, 0x89, 1, 1, 1, 1, 1, 1, 1, 1, 1}, false, "a length of nine octets"},
      {{0x30, 0x03, 0x02, 0x02, 0x07}, false, "an element longer than its sequence"},
      {{0x30, 0x04, 0x30, 0x03, 0x05, 0x00}, false, "a sequence longer than the one around it"},
      {{0x30, 0x02, 0x1f, 0xff}, false, "a tag without end"},
  };
  for (const Row& row : rows) EXPECT_EQ(is_framed_as_der(row.octets), row.framed) << row.why;
}

TEST(DerFrame, is_refused_where_it_is_too_deep) {
  Bytes nested;
  for (std::uint8_t i = 0; i < 60; ++i) {
    nested.insert(nested.begin(), static_cast<std::uint8_t>(2 * i));
    nested.insert(nested.begin(), 0x30);
  }
  EXPECT_FALSE(is_framed_as_der(nested));
  EXPECT_TRUE(is_framed_as_der(ByteView(nested).last(20)));
}

TEST(DerFrame, of_a_certificate_is_whole_and_stands_no_cut) {
  const Bytes der = der_of(CertificateMaker("pump-07").make());
  EXPECT_TRUE(is_framed_as_der(der));
  for (std::size_t size = 0; size < der.size(); ++size)
    EXPECT_FALSE(is_framed_as_der(ByteView(der).first(size))) << size;
}

}  // namespace
}  // namespace leafgate::crypto::der_frame_test
