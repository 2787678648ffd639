#include "store/row_codec.hpp"

#include <gtest/gtest.h>

#include "tests/unit/store/examples.hpp"

namespace leafgate::row_codec_test {
namespace {

using namespace example;

TEST(row_codec, notes_come_back_as_they_were) {
  auto all = notes(1'790'000'000'000);
  all.push_back(note(-1, Reason::store_full));
  all.back().unverified = true;
  all.back().detail = std::string("a\0b", 3);
  EXPECT_EQ(decode_notes(encode_notes(all)).value(), all);
  EXPECT_TRUE(decode_notes(encode_notes({})).value().empty());
}

TEST(row_codec, eight_notes_of_one_leaf_take_little) {
  std::vector<AttemptNote> all;
  for (int i = 0; i < 8; ++i) all.push_back(note(1'790'000'000'000 + i * 60'000));
  EXPECT_LE(encode_notes(all).size(), 130U);
}

TEST(row_codec, the_last_eight_notes_stay_and_long_texts_are_cut) {
  std::vector<AttemptNote> many(10, note(1));
  many.back().detail = std::string(300, 'd');
  many.back().client = std::string(300, 'c');
  const auto kept = decode_notes(encode_notes(many)).value();
  ASSERT_EQ(kept.size(), note_limit);
  EXPECT_EQ(kept.back().detail.size(), note_detail_limit);
  EXPECT_EQ(kept.back().client.size(), note_client_limit);
}

TEST(row_codec, every_cut_and_every_tail_is_malformed) {
  const std::string good = encode_notes(notes(5));
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(decode_notes(good.substr(0, size))) << size;
  EXPECT_FALSE(decode_notes(good + '\0'));
}

TEST(row_codec, bounds_are_kept) {
  using namespace std::string_literals;
  for (const std::string& bad : {
           ""s,
           "\x02\x00"s,                                              // another version
           "\x01\x09"s,                                              // nine notes
           "\x01\x80\x00"s,                                          // a number spelt longer than needed
           "\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"s,          // more than 64 bits
           "\x01\x01\x40\x00"s,                                      // unknown flag
           "\x01\x01\x3c\x00\xff\xff\xff\xff\xff\xff\xff\xff\x7f"s,  // a text of 2^63 octets
       })
    EXPECT_FALSE(decode_notes(bad));
}

TEST(row_codec, a_reason_of_a_newer_program_reads_as_none) {
  using namespace std::string_literals;
  const auto decoded = decode_notes("\x01\x01\x3c\x00\x03new"s);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->at(0).reason, Reason::none);
}

TEST(row_codec, lists_of_texts_come_back_as_they_were) {
  const std::vector<std::string> texts{"line-a-*", "", std::string(2000, 'x')};
  const std::string octets = encode_texts(texts);
  EXPECT_EQ(decode_texts(octets).value(), texts);
  EXPECT_FALSE(decode_texts(octets.substr(1)));
  EXPECT_FALSE(decode_texts(octets + "x"));
}

}  // namespace
}  // namespace leafgate::row_codec_test
