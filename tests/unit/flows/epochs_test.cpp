#include "gateway/flows/epochs.hpp"

#include <gtest/gtest.h>

namespace leafgate::epochs_test {
namespace {

using enum EpochStanding;
constexpr std::nullopt_t none = std::nullopt;

struct Row {
  const char* name;
  std::optional<std::uint64_t> counter;
  std::optional<std::uint64_t> told;
  std::optional<std::uint64_t> pending;
  EpochStanding standing;
};

const Row rows[] = {
    {"nothing was signed yet", 1, none, none, fine},
    {"nothing was signed yet, a checkpoint waits", 7, none, 7, fine},
    {"as it was told last", 7, 7, none, fine},
    {"a power cut before the counter was advanced", 7, 7, 8, fine},
    {"a checkpoint waits in this epoch", 7, 7, 7, fine},
    {"a power cut between advance and signature", 8, 7, 8, redo},
    {"advanced, and nothing here expects it", 8, 7, none, rolled_back},
    {"advanced, and what waits is of the old epoch", 8, 7, 7, rolled_back},
    {"advanced, and what waits was made without a TPM", 8, 7, 0, rolled_back},
    {"advanced twice", 9, 7, 8, rolled_back},
    {"advanced twice, and expected so", 9, 7, 9, rolled_back},
    {"far ahead", 900, 7, 900, rolled_back},
    {"behind", 6, 7, none, foreign},
    {"behind, and expected so", 6, 7, 6, foreign},
    {"a counter made anew", 1, 7, none, foreign},
    {"no counter", none, 7, none, foreign},
    {"no counter, nothing signed", none, none, none, foreign},
};

TEST(CompareEpochs, each_row_of_the_table) {
  for (const Row& row : rows)
    EXPECT_EQ(compare_epochs({row.counter, row.told, row.pending}), row.standing) << row.name;
}

}  // namespace
}  // namespace leafgate::epochs_test
