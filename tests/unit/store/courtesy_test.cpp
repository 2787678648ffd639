#include "store/courtesy.hpp"

#include <gtest/gtest.h>

#include "store/connection.hpp"
#include "tests/fakes/temporary_folder.hpp"

namespace leafgate::courtesy_test {
namespace {

int times = 0;
void count() { ++times; }
constexpr Millis long_enough{3'600'000};

class CourtesyTest : public ::testing::Test {
 protected:
  CourtesyTest() {
    times = 0;
    EXPECT_TRUE(connection_.execute("CREATE TABLE t(a TEXT)"));
    EXPECT_TRUE(connection_.checkpoint(false));
  }

  // About as many pages of 4,096 octets.
  void fill(int pages) {
    const std::string row(4000, 'x');
    for (int i = 0; i < pages; ++i) {
      Query query(connection_, "INSERT INTO t VALUES(?1)");
      EXPECT_TRUE(query.text(1, row).run());
    }
  }
  void compute() {
    EXPECT_EQ(connection_
                  .ask("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x<10000) "
                       "SELECT count(*) FROM c")
                  .value(),
              "10000");
  }

  TemporaryFolder folder_;
  std::string path_ = folder_.path() + "/test.db";
  Connection connection_ = Connection::open(path_, Connection::Access::read_write).value();
};

TEST_F(CourtesyTest, a_long_statement_stands_back_within) {
  connection_.courtesy().begin(long_enough, count);
  compute();
  EXPECT_GT(times, 100);
}

TEST_F(CourtesyTest, many_short_statements_do_so_together) {
  connection_.courtesy().begin(long_enough, count);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(connection_.ask("SELECT 6*7").value(), "42");
  EXPECT_GT(times, 10);
}

TEST_F(CourtesyTest, a_checkpoint_stands_back_between_its_pages_and_copies_them_all) {
  fill(50);
  connection_.courtesy().begin(long_enough, count);
  EXPECT_EQ(connection_.checkpoint(false).value(), 0);
  EXPECT_GE(times, 50);
  EXPECT_EQ(Connection::open(path_, Connection::Access::read_only)->ask("SELECT count(*) FROM t").value(),
            "50");
  EXPECT_TRUE(connection_.quick_check());
}

TEST_F(CourtesyTest, a_commit_stands_back_between_the_pages_that_it_adds_to_the_log) {
  ASSERT_TRUE(connection_.execute("BEGIN"));
  fill(50);
  connection_.courtesy().begin(long_enough, count);
  ASSERT_TRUE(connection_.execute("COMMIT"));
  EXPECT_GE(times, 50);
  EXPECT_EQ(Connection::open(path_, Connection::Access::read_only)->ask("SELECT count(*) FROM t").value(),
            "50");
}

TEST_F(CourtesyTest, it_ends_when_it_is_said_or_its_time_is_over) {
  fill(50);
  connection_.courtesy().begin(Millis(0), count);
  compute();
  connection_.courtesy().begin(long_enough, count);
  connection_.courtesy().end();
  compute();
  EXPECT_EQ(connection_.checkpoint(false).value(), 0);
  EXPECT_EQ(times, 0);
}

TEST_F(CourtesyTest, a_connection_that_moves_takes_it_along) {
  fill(50);
  Connection moved = std::move(connection_);
  moved.courtesy().begin(long_enough, count);
  EXPECT_EQ(moved.checkpoint(false).value(), 0);
  EXPECT_GE(times, 50);
  connection_ = std::move(moved);
  times = 0;
  compute();
  EXPECT_GT(times, 100);
}

}  // namespace
}  // namespace leafgate::courtesy_test
