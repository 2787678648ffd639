#include "gateway/crypto/merkle.hpp"

#include <string>

#include <gtest/gtest.h>

namespace leafgate::crypto::merkle::merkle_test {
namespace {

Bytes octets(std::string_view hexadecimal) {
  Bytes out;
  for (std::size_t i = 0; i + 1 < hexadecimal.size(); i += 2)
    out.push_back(static_cast<std::uint8_t>(std::stoi(std::string(hexadecimal.substr(i, 2)), nullptr, 16)));
  return out;
}

std::vector<Digest> leaves(std::size_t count) {
  std::vector<Digest> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(leaf(as_bytes("entry " + std::to_string(i))));
  return out;
}

// The eight inputs, and the roots of their first 1 to 8, that certificate-transparency implementations share.
const char* const known_inputs[] = {
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
const char* const known_roots[] = {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                                   "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                                   "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                                   "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                                   "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                                   "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                                   "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                                   "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

TEST(Merkle, roots_are_those_others_compute) {
  EXPECT_EQ(hex(root({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  std::vector<Digest> known;
  for (std::size_t i = 0; i < std::size(known_inputs); ++i) {
    known.push_back(leaf(octets(known_inputs[i])));
    EXPECT_EQ(hex(root(known)), known_roots[i]);
  }
}

TEST(Merkle, a_path_is_the_one_others_compute) {
  std::vector<Digest> known;
  for (const char* input : known_inputs) known.push_back(leaf(octets(input)));
  const auto path = tree(known).paths[0];
  ASSERT_EQ(path.size(), 3U);
  EXPECT_EQ(hex(path[0]), "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7");
  EXPECT_EQ(hex(path[1]), "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e");
  EXPECT_EQ(hex(path[2]), "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4");
}

TEST(Merkle, each_path_of_each_size_leads_to_the_root_and_from_its_own_place_only) {
  for (std::size_t count = 1; count <= 130; ++count) {
    const auto all = leaves(count);
    const Tree grown = tree(all);
    EXPECT_EQ(grown.root, root(all));
    ASSERT_EQ(grown.paths.size(), count);
    for (std::size_t at = 0; at < count; ++at) {
      EXPECT_EQ(root_by_path(all[at], at, count, grown.paths[at]), grown.root) << at << " of " << count;
      const std::size_t other = (at + 1) % count;
      if (other == at) continue;
      EXPECT_NE(root_by_path(all[at], other, count, grown.paths[at]), grown.root);
    }
  }
}

TEST(Merkle, what_is_changed_leads_elsewhere) {
  for (const std::size_t count : {2U, 3U, 5U, 64U, 65U, 100U}) {
    const auto all = leaves(count);
    const Tree grown = tree(all);
    for (std::size_t at = 0; at < count; ++at) {
      auto path = grown.paths[at];
      for (Digest& step : path) {
        step[at % step.size()] ^= 1U;
        EXPECT_NE(root_by_path(all[at], at, count, path), grown.root);
        step[at % step.size()] ^= 1U;
      }
      Digest other = all[at];
      other[0] ^= 0x80U;
      EXPECT_NE(root_by_path(other, at, count, path), grown.root);
      path.push_back(other);
      EXPECT_FALSE(root_by_path(all[at], at, count, path));
      path.resize(path.size() - 2);
      EXPECT_FALSE(root_by_path(all[at], at, count, path));
    }
  }
}

TEST(Merkle, there_is_no_place_behind_the_last) {
  const auto all = leaves(3);
  EXPECT_FALSE(root_by_path(all[2], 3, 3, tree(all).paths[2]));
  EXPECT_FALSE(root_by_path(all[0], 0, 0, {}));
}

// A node is no leaf: its octets, taken for an entry, hash to something else.
TEST(Merkle, a_node_cannot_pass_for_a_leaf) {
  const auto all = leaves(2);
  Bytes both;
  for (const Digest& one : all) both.insert(both.end(), one.begin(), one.end());
  EXPECT_NE(leaf(both), root(all));
}

}  // namespace
}  // namespace leafgate::crypto::merkle::merkle_test
