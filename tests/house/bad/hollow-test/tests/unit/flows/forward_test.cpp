TEST(Forward, DISAB%%LED_retries) {}  // bad
TEST(Forward, sends) {
  GTEST_%%SKIP() << "no broker";  // bad
  EXPECT_TR%%UE(true);  // bad
  SUCC%%EED();  // bad
}
