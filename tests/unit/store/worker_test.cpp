#include "store/worker.hpp"

#include <future>

#include <gtest/gtest.h>

#include "tests/fakes/run_task.hpp"
#include "tests/fakes/temporary_folder.hpp"

namespace leafgate::worker_test {
namespace {

class WorkerTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  std::string path_ = folder_.path() + "/test.db";
  Health health_{path_, nullptr};
  Connection keeper_ = Connection::open(path_, Connection::Access::read_write).value();
  Worker worker_{"reader", Connection::open(path_, Connection::Access::read_only).value(), health_};
};

TEST_F(WorkerTest, it_answers_what_its_connection_says) {
  auto ask = [](Connection& connection) { return connection.ask("SELECT 6*7"); };
  EXPECT_EQ(run_task(worker_.ask(ask)).value(), "42");
}

TEST_F(WorkerTest, its_connection_cannot_write) {
  auto write = [](Connection& connection) { return connection.execute("CREATE TABLE t(a)"); };
  EXPECT_FALSE(run_task(worker_.ask(write)));
}

TEST_F(WorkerTest, stopping_interrupts_what_would_run_for_ever) {
  std::promise<void> entered;
  auto endless = [&](Connection& connection) {
    entered.set_value();
    return connection.ask(
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT count(*) FROM c");
  };
  std::optional<Result<std::string>> answer;
  test_loop().restart();
  spawn(test_loop().get_executor(), keep(worker_.ask(endless), answer));
  test_loop().poll();
  entered.get_future().wait();
  worker_.stop(Worker::End::interrupt);
  test_loop().run();
  EXPECT_EQ(answer.value().error().code, Errc::stopped);
}

TEST_F(WorkerTest, stopping_to_finish_does_what_is_queued) {
  std::atomic<int> done{0};
  for (int i = 0; i < 5; ++i)
    worker_.post([&](Connection&) {
      ++done;
      return Result<void>();
    });
  worker_.stop(Worker::End::finish);
  EXPECT_EQ(done, 5);
  auto ask = [](Connection& connection) { return connection.ask("SELECT 1"); };
  EXPECT_EQ(run_task(worker_.ask(ask)).error().code, Errc::stopped);
}

}  // namespace
}  // namespace leafgate::worker_test
