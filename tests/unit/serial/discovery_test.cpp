#include "adapters/serial/discovery.hpp"

#include <map>
#include <random>

#include <gtest/gtest.h>

namespace leafgate::serial::discovery_test {
namespace {

// Leaves that answer; `hears` says what comes of a number of answers at once: how many are read, and whether
// there is a rest.
struct Heard {
  std::size_t leaves;
  bool garbled;
};

std::vector<Uid> some_leaves(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Uid> leaves(count);
  for (Uid& uid : leaves) {
    for (auto& octet : uid) octet = static_cast<std::uint8_t>(random());
  }
  return leaves;
}

// Goes on until the search is over; the number of probes.
template <class Ear>
int search(std::vector<Uid>& unmuted, Ear ear) {
  Discovery discovery;
  discovery.begin();
  int probes = 0;
  while (discovery.is_under_way()) {
    ++probes;
    const Prefix asked = discovery.next();
    std::vector<std::size_t> answering;
    for (std::size_t i = 0; i < unmuted.size(); ++i) {
      if (begins_with(unmuted[i], asked)) answering.push_back(i);
    }
    const Heard heard = ear(answering.size());
    for (std::size_t i = 0; i < heard.leaves; ++i)
      unmuted.erase(unmuted.begin() + static_cast<std::ptrdiff_t>(answering[i]));
    discovery.heard(heard.leaves, heard.garbled);
  }
  return probes;
}

Heard collide(std::size_t answers) {
  if (answers == 0) return {0, false};
  if (answers == 1) return {1, false};
  return {0, true};
}

TEST(Discovery, finds_all_leaves_whose_answers_collide) {
  for (const std::size_t count : {0U, 1U, 2U, 8U, 31U, 64U, 239U}) {
    std::vector<Uid> leaves = some_leaves(count, count);
    const int probes = search(leaves, collide);
    EXPECT_TRUE(leaves.empty()) << count;
    EXPECT_LE(probes, static_cast<int>(5 * count + 2)) << count;
  }
}

TEST(Discovery, finds_leaves_that_differ_in_their_last_bit) {
  std::vector<Uid> leaves = {{1, 2, 3, 4, 5, 6, 7, 8}, {1, 2, 3, 4, 5, 6, 7, 9}};
  search(leaves, collide);
  EXPECT_TRUE(leaves.empty());
}

TEST(Discovery, finds_a_leaf_that_another_one_drowns) {
  // Whoever is loudest is read as if it were alone.
  std::vector<Uid> leaves = some_leaves(5, 5);
  search(leaves, [](std::size_t answers) { return Heard{answers == 0 ? 0U : 1U, false}; });
  EXPECT_TRUE(leaves.empty());
}

TEST(Discovery, asks_the_same_again_where_one_was_read_among_others) {
  std::vector<Uid> leaves = some_leaves(6, 6);
  search(leaves, [](std::size_t answers) { return Heard{answers == 0 ? 0U : 1U, answers > 1}; });
  EXPECT_TRUE(leaves.empty());
}

TEST(Discovery, misses_nobody_in_two_searches_when_answers_get_lost) {
  std::mt19937_64 random(9);
  const auto lossy = [&](std::size_t answers) {
    if (random() % 100 == 0) return Heard{0, random() % 2 == 0};
    return collide(answers);
  };
  std::size_t missed = 0;
  for (std::uint64_t round = 0; round < 200; ++round) {
    std::vector<Uid> leaves = some_leaves(31, 100 + round);
    search(leaves, lossy);
    search(leaves, lossy);
    missed += leaves.size();
  }
  EXPECT_EQ(missed, 0U);
}

TEST(Discovery, ends_on_a_line_that_is_nothing_but_noise) {
  std::vector<Uid> none;
  EXPECT_LE(search(none, [](std::size_t) { return Heard{0, true}; }), 1500);
}

TEST(Discovery, ends_when_two_leaves_have_one_uid) {
  std::vector<Uid> twins(2, Uid{1, 2, 3, 4, 5, 6, 7, 8});
  EXPECT_LE(search(twins, collide), 130);
  EXPECT_EQ(twins.size(), 2U);
}

TEST(Discovery, asks_a_quiet_line_once) {
  std::vector<Uid> none;
  EXPECT_EQ(search(none, collide), 1);
}

}  // namespace
}  // namespace leafgate::serial::discovery_test
