#include "store/writer.hpp"

#include <algorithm>
#include <filesystem>
#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "tests/fakes/run_task.hpp"
#include "tests/fakes/temporary_folder.hpp"

namespace leafgate::writer_test {
namespace {

class WriterTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  std::string path_ = folder_.path() + "/test.db";
  std::vector<Error> faults_;
  Health health_{path_, [this](const Error& error) { faults_.push_back(error); }};
  std::atomic<int> checkpoints_{0};
  std::unique_ptr<Writer> writer_ = open();

  std::unique_ptr<Writer> open() {
    auto connection = Connection::open(path_, Connection::Access::read_write).value();
    EXPECT_TRUE(connection.execute("CREATE TABLE IF NOT EXISTS t(a INTEGER PRIMARY KEY, b TEXT)"));
    return std::make_unique<Writer>(std::move(connection), health_,
                                    Reserve(folder_.path() + "/reserve", 4096), [this] { ++checkpoints_; });
  }
  // What a second connection sees: only what is committed.
  std::string ask(const std::string& sql) {
    return Connection::open(path_, Connection::Access::read_write)->ask(sql).value();
  }
  Task<Result<int>> insert(int key, std::size_t size = 1) {
    auto write = [&](Connection& connection) -> Result<int> {
      Query query(connection, "INSERT INTO t VALUES(?1, ?2)");
      const std::string text(size, 'x');
      if (auto done = query.integer(1, key).text(2, text).run(); !done) return done.error();
      return key;
    };
    co_return co_await writer_->write(write);
  }
  // Holds the writer's thread until released, so that what comes meanwhile forms one batch.
  class Gate : public Steps {
   public:
    explicit Gate(std::shared_future<void> opened) : opened_(std::move(opened)) {}
    [[nodiscard]] Room room() const override { return Room::frees; }
    Result<bool> step(Connection&) override {
      opened_.wait();
      return true;
    }
    void answer(std::optional<Error>) override {}

   private:
    std::shared_future<void> opened_;
  };
  std::vector<Result<int>> insert_in_one_batch(const std::vector<int>& keys) {
    std::promise<void> opened;
    writer_->add_steps(std::make_unique<Gate>(opened.get_future().share()));
    std::vector<Task<Result<int>>> tasks;
    for (const int key : keys) tasks.push_back(insert(key));
    tasks.push_back(open_gate(opened));
    auto answers = run_together(std::move(tasks));
    answers.pop_back();
    return answers;
  }
  static Task<Result<int>> open_gate(std::promise<void>& opened) {
    opened.set_value();
    co_return 0;
  }
};

TEST_F(WriterTest, an_answer_means_that_others_see_it) {
  EXPECT_EQ(run_task(insert(7)).value(), 7);
  EXPECT_EQ(ask("SELECT a FROM t"), "7");
}

TEST_F(WriterTest, jobs_that_wait_share_a_commit) {
  std::vector<int> keys(100);
  for (int i = 0; i < 100; ++i) keys[static_cast<std::size_t>(i)] = i;
  for (const auto& answer : insert_in_one_batch(keys)) EXPECT_TRUE(answer);
  EXPECT_EQ(ask("SELECT count(*) FROM t"), "100");
  EXPECT_LE(health_.health().writes, 2);
}

TEST_F(WriterTest, a_job_that_fails_undoes_itself_alone) {
  const auto answers = insert_in_one_batch({1, 2, 2, 3});
  EXPECT_TRUE(answers[0]);
  EXPECT_TRUE(answers[1]);
  EXPECT_FALSE(answers[2]);
  EXPECT_TRUE(answers[3]);
  EXPECT_EQ(ask("SELECT group_concat(a) FROM t"), "1,2,3");
  EXPECT_TRUE(faults_.empty());
}

TEST_F(WriterTest, a_job_that_changes_nothing_is_no_write) {
  auto look = [](Connection& connection) { return connection.ask("SELECT count(*) FROM t"); };
  auto task = [&]() -> Task<Result<std::string>> { co_return co_await writer_->write(look); };
  EXPECT_EQ(run_task(task()).value(), "0");
  EXPECT_EQ(health_.health().writes, 0);
}

TEST_F(WriterTest, a_fault_is_for_good_and_told_once) {
  auto fail = [](Connection&) -> Result<int> { return Error(Errc::store_fault, "disk gone"); };
  auto task = [&]() -> Task<Result<int>> { co_return co_await writer_->write(fail); };
  EXPECT_EQ(run_task(task()).error().code, Errc::store_fault);
  EXPECT_EQ(run_task(insert(1)).error().code, Errc::store_fault);
  EXPECT_EQ(run_task(task()).error().code, Errc::store_fault);
  ASSERT_EQ(faults_.size(), 1U);
  EXPECT_EQ(health_.health().fault, "disk gone");
  EXPECT_FALSE(writer_->stop());
  EXPECT_EQ(ask("SELECT count(*) FROM t"), "0");
}

TEST_F(WriterTest, a_full_disk_refuses_growth_until_there_is_room) {
  auto fail = [](Connection&) -> Result<int> { return Error(Errc::store_full, "no room"); };
  auto task = [&]() -> Task<Result<int>> { co_return co_await writer_->write(fail); };
  // No room for the reserve either: its place is taken by a folder.
  ASSERT_EQ(::mkdir((folder_.path() + "/reserve").c_str(), 0700), 0);
  EXPECT_EQ(run_task(task()).error().code, Errc::store_full);
  EXPECT_TRUE(health_.health().full);
  EXPECT_EQ(run_task(insert(1)).error().code, Errc::store_full);
  auto tidy = [](Connection& connection) { return connection.execute("DELETE FROM t"); };
  auto freeing = [&]() -> Task<Result<void>> { co_return co_await writer_->write(tidy, Room::frees); };
  EXPECT_TRUE(run_task(freeing()));
  ASSERT_EQ(::rmdir((folder_.path() + "/reserve").c_str()), 0);
  EXPECT_TRUE(run_task(insert(1)));
  EXPECT_FALSE(health_.health().full);
  EXPECT_TRUE(faults_.empty());
}

// It is told to who asked for a change, and stands in the audit log.
TEST_F(WriterTest, a_full_disk_is_told_in_words) {
  auto fill = [](Connection& connection) -> Result<int> {
    const auto pages = connection.ask("PRAGMA page_count");
    if (!pages) return pages.error();
    auto none_more = connection.execute("PRAGMA max_page_count=" + *pages);
    if (!none_more) return none_more.error();
    auto done = connection.execute("INSERT INTO t VALUES(1, zeroblob(100000))");
    if (!done) return done.error();
    return 0;
  };
  auto task = [&]() -> Task<Result<int>> { co_return co_await writer_->write(fill); };
  const auto refused = run_task(task());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::store_full);
  EXPECT_EQ(refused.error().detail, "no room on the disk");
}

TEST_F(WriterTest, stopping_finishes_what_waits_and_refuses_the_rest) {
  std::promise<void> opened;
  writer_->add_steps(std::make_unique<Gate>(opened.get_future().share()));
  boost::asio::io_context& context = test_loop();
  context.restart();
  std::optional<Result<int>> answer;
  spawn(context.get_executor(), keep(insert(1), answer));
  context.poll();
  opened.set_value();
  EXPECT_TRUE(writer_->stop());
  context.run();
  EXPECT_TRUE(answer.value());
  EXPECT_EQ(run_task(insert(2)).error().code, Errc::stopped);
  EXPECT_EQ(ask("SELECT group_concat(a) FROM t"), "1");
}

TEST_F(WriterTest, a_growing_log_asks_for_checkpoints_and_is_cut_before_it_is_long) {
  for (int key = 0; key < 11; ++key) ASSERT_TRUE(run_task(insert(key, 4096 * 110)));
  EXPECT_GE(checkpoints_, 1);
  for (int key = 11; key < 60; ++key) ASSERT_TRUE(run_task(insert(key, 4096 * 110)));
  EXPECT_LT(health_.health().size - 60 * 4096 * 115, 4300 * 4120);  // the log at its longest
  EXPECT_TRUE(writer_->stop());
  EXPECT_EQ(ask("SELECT count(*) FROM t"), "60");
}

// Rows of 200 pages each, one a step.
class Filling : public Steps {
 public:
  Filling(int rows, std::atomic<int>& done, std::atomic<bool>& answered)
      : rows_(rows), done_(done), answered_(answered) {}
  [[nodiscard]] Room room() const override { return Room::needs; }
  Result<bool> step(Connection& connection) override {
    Query query(connection, "INSERT INTO t(b) VALUES(?1)");
    const std::string text(std::size_t{4096} * 200, 'x');
    if (auto done = query.text(1, text).run(); !done) return done.error();
    return ++done_ == rows_;
  }
  void answer(std::optional<Error> failure) override { answered_ = !failure; }

 private:
  const int rows_;
  std::atomic<int>& done_;
  std::atomic<bool>& answered_;
};

TEST_F(WriterTest, long_work_waits_while_the_log_is_long_and_jobs_do_not) {
  std::atomic<int> done{0};
  std::atomic<bool> answered{false};
  const int until_it_is_long = 10;  // 2,000 frames
  writer_->add_steps(std::make_unique<Filling>(40, done, answered));
  while (done < until_it_is_long) std::this_thread::yield();
  EXPECT_TRUE(run_task(insert(-1)));
  EXPECT_TRUE(run_task(insert(-2)));
  EXPECT_EQ(done, until_it_is_long);
  // A checkpoint that could not copy all of it: one step, for it has to come to its end.
  writer_->log_was_copied();
  while (done == until_it_is_long) std::this_thread::yield();
  EXPECT_TRUE(run_task(insert(-3)));
  EXPECT_EQ(done, until_it_is_long + 1);
  auto copying = Connection::open(path_, Connection::Access::read_write).value();
  std::uintmax_t longest = 0;
  for (int followed = 0; !answered;) {
    longest = std::max(longest, std::filesystem::file_size(path_ + "-wal"));
    if (checkpoints_ == followed) continue;
    followed = checkpoints_;
    ASSERT_TRUE(copying.checkpoint(false));
    writer_->log_was_copied();
  }
  EXPECT_LT(longest, std::uintmax_t{3'000} * 4'120);
  EXPECT_GE(checkpoints_, 4);
  EXPECT_TRUE(writer_->stop());
  EXPECT_EQ(ask("SELECT count(*) FROM t"), "43");
}

// A sweep that finds nothing to delete.
TEST_F(WriterTest, steps_that_write_nothing_need_no_copy_of_the_log_each) {
  std::atomic<int> done{0};
  std::atomic<bool> answered{false};
  writer_->add_steps(std::make_unique<Filling>(10, done, answered));
  EXPECT_TRUE(run_task(insert(-1)));
  while (!answered) std::this_thread::yield();
  EXPECT_TRUE(run_task(insert(-2))) << "whoever copies the log was asked";
  int calls = 0;
  auto look = [&](Connection&) -> Result<bool> { return ++calls == 100; };
  writer_->log_was_copied();
  EXPECT_TRUE(run_task(writer_->write_in_steps(look)));
}

TEST(LogCopy, one_step_goes_on_behind_each_or_behind_a_long_wait) {
  LogCopy copy;
  const TimePoint start{};
  EXPECT_FALSE(copy.is_asked_or_done());
  EXPECT_FALSE(copy.lets_one_step_go_on(start + 2 * LogCopy::longest_wait)) << "nobody was asked";
  copy.ask(start);
  EXPECT_TRUE(copy.is_asked_or_done());
  EXPECT_FALSE(copy.lets_one_step_go_on(start));
  copy.ask(start + LogCopy::longest_wait / 2);
  EXPECT_FALSE(copy.lets_one_step_go_on(start + LogCopy::longest_wait - Millis(1)));
  EXPECT_TRUE(copy.lets_one_step_go_on(start + LogCopy::longest_wait)) << "since the first";
  copy.use_up();
  EXPECT_FALSE(copy.is_asked_or_done());
  copy.ask(start + LogCopy::longest_wait);
  EXPECT_FALSE(copy.lets_one_step_go_on(start + LogCopy::longest_wait)) << "a wait of its own";
  copy.done();
  EXPECT_TRUE(copy.lets_one_step_go_on(start + LogCopy::longest_wait));
}

TEST_F(WriterTest, long_work_that_waits_for_the_log_ends_with_the_store) {
  std::atomic<int> done{0};
  std::atomic<bool> answered{false};
  writer_->add_steps(std::make_unique<Filling>(40, done, answered));
  while (done < 10) std::this_thread::yield();
  EXPECT_TRUE(writer_->stop());
  EXPECT_FALSE(answered);
}

TEST_F(WriterTest, long_work_that_waits_ends_before_the_store_which_goes_on) {
  std::atomic<int> done{0};
  std::atomic<bool> answered{false};
  writer_->add_steps(std::make_unique<Filling>(40, done, answered));
  while (done < 10) std::this_thread::yield();
  auto behind = [](Connection&) -> Result<bool> { return true; };
  auto waits = [&]() -> Task<Result<void>> { co_return co_await writer_->write_in_steps(behind); };
  std::jthread stop([&] { writer_->end_steps(); });
  EXPECT_EQ(run_task(waits()).error().code, Errc::stopped);
  EXPECT_EQ(run_task(waits()).error().code, Errc::stopped) << "that comes later";
  EXPECT_TRUE(run_task(insert(-1))) << "a job";
  EXPECT_LT(done, 40);
  EXPECT_TRUE(writer_->stop());
  EXPECT_FALSE(answered);
}

TEST_F(WriterTest, steps_of_a_coroutine_are_called_until_they_say_so) {
  int calls = 0;
  auto step = [&](Connection& connection) -> Result<bool> {
    ++calls;
    Query query(connection, "INSERT INTO t VALUES(?1, '')");
    if (auto done = query.integer(1, calls).run(); !done) return done.error();
    return calls == 3;
  };
  EXPECT_TRUE(run_task(writer_->write_in_steps(step)));
  EXPECT_EQ(ask("SELECT count(*) FROM t"), "3");
  EXPECT_EQ(health_.health().writes, 3);
  calls = 2;  // is there
  EXPECT_FALSE(run_task(writer_->write_in_steps(step)));
  EXPECT_EQ(ask("SELECT count(*) FROM t"), "3");
}

TEST_F(WriterTest, the_watchdog_sees_the_thread_run_and_sees_it_stand) {
  while (!writer_->is_alive_since_last_asked()) {
  }
  std::promise<void> opened;
  std::promise<void> entered;
  auto hold = [&](Connection&) -> Result<int> {
    entered.set_value();
    opened.get_future().wait();
    return 0;
  };
  boost::asio::io_context& context = test_loop();
  context.restart();
  std::optional<Result<int>> answer;
  auto task = [&]() -> Task<Result<int>> { co_return co_await writer_->write(hold); };
  spawn(context.get_executor(), keep(task(), answer));
  context.poll();
  entered.get_future().wait();
  (void)writer_->is_alive_since_last_asked();
  EXPECT_FALSE(writer_->is_alive_since_last_asked());
  opened.set_value();
  context.run();
  while (!writer_->is_alive_since_last_asked()) {
  }
}

TEST_F(WriterTest, long_work_stands_back_for_a_while_and_what_is_waited_for_does_not) {
  bool courteous = false;
  auto step = [&](Connection& connection) -> Result<bool> {
    courteous = connection.courtesy().is_shown();
    return true;
  };
  ASSERT_TRUE(run_task(writer_->write_in_steps(step)));
  EXPECT_TRUE(courteous);
  auto write = [&](Connection& connection) -> Result<void> {
    courteous = connection.courtesy().is_shown();
    return {};
  };
  ASSERT_TRUE(run_task(writer_->write(write)));
  EXPECT_FALSE(courteous);
}

}  // namespace
}  // namespace leafgate::writer_test
