#include "adapters/mqtt/broker/company.hpp"

#include <gtest/gtest.h>

namespace leafgate::broker::company_test {
namespace {

using namespace std::chrono_literals;

constexpr const char* mine = "8000000000000000";
constexpr const char* lower = "7fffffffffffffff";
constexpr const char* higher = "8000000000000001";
const TimePoint start{1h};

Announcement word(const char* name, const char* instance, Word said = Word::here) {
  return {name, instance, said};
}

TEST(Announcement, IsReadStrictly) {
  const auto read = [](std::string_view text) { return parse_announcement("gw", as_bytes(text)); };
  for (const Word said : {Word::hello, Word::here, Word::gone}) {
    const auto back = read(announcement_text(mine, said));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->word, said);
    EXPECT_EQ(back->instance, mine);
    EXPECT_EQ(back->name, "gw");
  }
  const std::string good = announcement_text(mine, Word::here);
  const std::string bad[] = {"",
                             "1",
                             good + " ",
                             " " + good,
                             good.substr(0, good.size() - 1),
                             "2" + good.substr(1),
                             "1 800000000000000A here",
                             "1 80000000000000000 here",
                             "1 800000000000000 here",
                             "1 8000000000000000here",
                             "1 8000000000000000 HERE"};
  for (const std::string& text : bad) EXPECT_FALSE(read(text)) << text;
  EXPECT_FALSE(parse_announcement("", as_bytes(good)));
}

TEST(Company, LetsTheFirstNameAnswer) {
  struct Row {
    const char* name;
    const char* instance;
    bool answers_instead;
  };
  const Row rows[] = {{"gw-0", higher, true},  {"gw-2", lower, false}, {"gw-1", lower, true},
                      {"gw-1", higher, false}, {"GW-9", higher, true}, {"gw", higher, true}};
  for (const Row& row : rows) {
    Company company("gw-1", mine, 75s);
    EXPECT_TRUE(company.alone());
    EXPECT_FALSE(company.first());
    company.heard(word(row.name, row.instance), start);
    EXPECT_FALSE(company.alone());
    EXPECT_EQ(company.first().has_value(), row.answers_instead) << row.name;
  }
}

TEST(Company, ForgetsWhoSaysGoodbyeOrNothing) {
  Company company("gw-1", mine, 75s);
  company.heard(word("gw-0", higher, Word::hello), start);
  company.heard(word("gw-0", lower), start + 50s);
  EXPECT_EQ(company.first(), "gw-0");
  EXPECT_EQ(company.next_look(), start + 75s);
  company.look(start + 75s);
  EXPECT_EQ(company.first(), "gw-0") << "the other of that name";
  company.heard(word("gw-0", lower, Word::gone), start + 76s);
  EXPECT_TRUE(company.alone());
  EXPECT_FALSE(company.next_look());
}

TEST(Company, RemembersOnlyWhoDecides) {
  Company company("gw-50", mine, 75s);
  for (int i = 10; i < 100; ++i) company.heard(word(("gw-" + std::to_string(i)).c_str(), mine), start);
  EXPECT_EQ(company.first(), "gw-10");
  for (int i = 10; i < 26; ++i)
    company.heard(word(("gw-" + std::to_string(i)).c_str(), mine, Word::gone), start);
  EXPECT_TRUE(company.alone()) << "sixteen";
}

TEST(Company, KnowsItself) {
  const Company company("gw-1", mine, 75s);
  EXPECT_TRUE(company.is_me(word("gw-1", mine)));
  EXPECT_FALSE(company.is_me(word("gw-1", lower)));
}

}  // namespace
}  // namespace leafgate::broker::company_test
