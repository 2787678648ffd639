// pad: 350
TEST(Forward, keeps_order) { EXPECT_TRUE(true_order()); }
