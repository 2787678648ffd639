#include "tests/standin/paging.hpp"

#include <gtest/gtest.h>

namespace leafgate::standin {
namespace {

using nlohmann::json;
using Numbers = std::map<std::string, int>;

json even(int n) { return n % 2 == 0 ? json(n) : json(); }
json every(int n) { return n; }

// The pages of a whole scan, which goes by the cursor alone.
template <class Show>
std::vector<json> scan(const Numbers& numbers, std::size_t size, int empty_pages, Show show) {
  std::vector<json> pages;
  Cursor at;
  while (pages.size() < 100) {
    Page page = page_of(numbers, at, size, empty_pages, show);
    pages.push_back(page.items);
    if (!page.next) break;
    at = *page.next;
  }
  return pages;
}

const Numbers five{{"a", 1}, {"b", 2}, {"c", 3}, {"d", 4}, {"e", 5}};

TEST(Paging, gives_every_item_once_and_no_page_more_than_needed) {
  EXPECT_EQ(scan(five, 2, 0, every), (std::vector<json>{{1, 2}, {3, 4}, {5}}));
  EXPECT_EQ(scan(five, 5, 0, every), (std::vector<json>{{1, 2, 3, 4, 5}}));
  EXPECT_EQ(scan({}, 5, 0, every), (std::vector<json>{json::array()}));
}

TEST(Paging, leaves_out_what_is_not_part_of_the_query) {
  EXPECT_EQ(scan(five, 1, 0, even), (std::vector<json>{json::array({2}), json::array({4})}));
}

TEST(Paging, puts_empty_pages_before_items_and_before_the_end) {
  const json none = json::array();
  EXPECT_EQ(scan(five, 4, 1, every), (std::vector<json>{none, {1, 2, 3, 4}, none, {5}, none, none}));
  EXPECT_EQ(scan({}, 4, 2, every), (std::vector<json>{none, none, none}));
}

TEST(Paging, goes_on_behind_an_item_that_is_gone) {
  const Page first = page_of(five, {}, 2, 0, every);
  Numbers less = five;
  less.erase("b");
  EXPECT_EQ(page_of(less, *first.next, 2, 0, every).items, json({3, 4}));
}

TEST(Paging, takes_a_continuation_back_only_for_its_own_query) {
  const std::string token = continuation("enrollments", {"m-1", 2});
  const auto cursor = cursor_of("enrollments", token);
  ASSERT_TRUE(cursor);
  EXPECT_EQ(cursor->after, "m-1");
  EXPECT_EQ(cursor->empty, 2);
  for (const std::string& other : {std::string("groups"), std::string()})
    EXPECT_FALSE(cursor_of(other, token));
  for (const std::string& bad : {std::string("x"), std::string("e30="), std::string("W10=")})
    EXPECT_FALSE(cursor_of("enrollments", bad)) << bad;
}

}  // namespace
}  // namespace leafgate::standin
