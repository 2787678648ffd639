#include "gateway/model/label_name.hpp"

#include <gtest/gtest.h>

namespace leafgate::label_name_test {
namespace {

TEST(LabelName, holds_what_collectors_take) {
  EXPECT_EQ(label_name("label_li-ne 3.\xc3\xa4"), "label_li_ne_3___");
  EXPECT_EQ(label_name("3x"), "_3x");
  EXPECT_EQ(label_name(""), "_");
}

}  // namespace
}  // namespace leafgate::label_name_test
