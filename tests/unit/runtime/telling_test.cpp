#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/runtime/log.hpp"
#include "gateway/runtime/metrics.hpp"
#include "gateway/runtime/notify.hpp"

namespace leafgate::telling_test {
namespace {

TEST(Log, one_line_with_priority_and_fields) {
  EXPECT_EQ(log::format(log::Level::info, "leaf assigned", {{"id", "pump-1"}, {"tries", 2}}, true),
            "<6>leaf assigned id=pump-1 tries=2\n");
  EXPECT_EQ(log::format(log::Level::error, "store lost", {}, false), "store lost\n");
}

TEST(Log, values_that_could_forge_a_line_are_escaped_and_quoted) {
  struct Row {
    const char* value;
    const char* written;
  };
  const Row rows[] = {
      {"two words", "k=\"two words\""},
      {"", "k=\"\""},
      {"a=b", "k=\"a=b\""},
      {"a\n<3>b", "k=a\\x0a<3>b"},
      {"\x1b[2J", "k=\\x1b[2J"},
      {"say \"hi\"", "k=\"say \\x22hi\\x22\""},
      {"\xc3\xa9", "k=\\xc3\\xa9"},
      {"a\\x", "k=\"a\\x5cx\""},
      {"\x1b]0;title\x07", "k=\\x1b]0;title\\x07"},  // a terminal's title
      {"\xe2\x80\xae"
       "evil",
       "k=\\xe2\\x80\\xaeevil"},  // right to left
      {"\xc2\x9b"
       "31m",
       "k=\\xc2\\x9b31m"},                    // CSI of C1
      {"\xff\xfe\xc3", "k=\\xff\\xfe\\xc3"},  // no UTF-8
      {"\r\t\x7f", "k=\\x0d\\x09\\x7f"},
      {"\xe2\x80\xa8"
       "<3>x",
       "k=\\xe2\\x80\\xa8<3>x"},  // a line's end of Unicode
  };
  for (const Row& row : rows) {
    EXPECT_EQ(log::format(log::Level::info, "x", {{"k", row.value}}, false),
              std::string("x ") + row.written + "\n");
  }
}

TEST(Log, waits_for_nobody_who_does_not_read_and_says_what_was_lost) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  const int before = ::dup(STDERR_FILENO);
  ::dup2(pipe[1], STDERR_FILENO);
  const int room = ::fcntl(pipe[1], F_GETPIPE_SZ);
  const std::string value(500, 'x');
  const int lines = 2 * room / 500;
  for (int i = 0; i < lines; ++i) log::error("line", {{"value", value}});
  std::string read(static_cast<std::size_t>(room), '\0');
  read.resize(static_cast<std::size_t>(::read(pipe[0], read.data(), read.size())));
  log::error("after", {});
  ::dup2(before, STDERR_FILENO);
  ::close(before);
  ::close(pipe[1]);
  const auto written = std::count(read.begin(), read.end(), '\n');
  std::string rest(static_cast<std::size_t>(room), '\0');
  rest.resize(static_cast<std::size_t>(::read(pipe[0], rest.data(), rest.size())));
  ::close(pipe[0]);
  EXPECT_GT(written, 0);
  EXPECT_TRUE(read.ends_with("x\n")) << "whole lines";
  EXPECT_EQ(rest, "<4>lines of the log were lost: nobody read them lines=" + std::to_string(lines - written) +
                      "\n<3>after\n");
}

TEST(Metrics, renders_open_metrics) {
  Metrics metrics;
  metrics.counter("leafgate_answers", "Answers given.", {{"code", "200"}}).add(3);
  metrics.counter("leafgate_answers", "Answers given.", {{"code", "a\"b\\\n"}}).add();
  metrics.gauge("leafgate_sessions", "Sessions now.").set(-2);
  const double bounds[] = {0.5, 1};
  Histogram& seconds = metrics.histogram("leafgate_answer_seconds", "Time to answer.", bounds);
  seconds.observe(0.5);
  seconds.observe(0.75);
  seconds.observe(9);
  EXPECT_EQ(metrics.render(),
            "# TYPE leafgate_answers counter\n"
            "# HELP leafgate_answers Answers given.\n"
            "leafgate_answers_total{code=\"200\"} 3\n"
            "leafgate_answers_total{code=\"a\\\"b\\\\\\n\"} 1\n"
            "# TYPE leafgate_sessions gauge\n"
            "# HELP leafgate_sessions Sessions now.\n"
            "leafgate_sessions -2\n"
            "# TYPE leafgate_answer_seconds histogram\n"
            "# HELP leafgate_answer_seconds Time to answer.\n"
            "leafgate_answer_seconds_bucket{le=\"0.5\"} 1\n"
            "leafgate_answer_seconds_bucket{le=\"1\"} 2\n"
            "leafgate_answer_seconds_bucket{le=\"+Inf\"} 3\n"
            "leafgate_answer_seconds_sum 10.25\n"
            "leafgate_answer_seconds_count 3\n"
            "# EOF\n");
}

TEST(Metrics, the_same_name_is_the_same_metric_and_another_kind_is_a_bug) {
  Metrics metrics;
  EXPECT_EQ(&metrics.counter("a", "A."), &metrics.counter("a", "A."));
  EXPECT_NE(&metrics.counter("a", "A."), &metrics.counter("a", "A.", {{"k", "v"}}));
  EXPECT_THROW(metrics.gauge("a", "A."), std::logic_error);
}

TEST(Metrics, a_count_kept_elsewhere_never_falls) {
  Metrics metrics;
  Counter& counter = metrics.counter("a", "A.");
  counter.raise_to(3);
  counter.raise_to(2);
  EXPECT_EQ(counter.value(), 3U);
}

TEST(Metrics, counts_from_two_threads_while_rendering) {
  Metrics metrics;
  Counter& counter = metrics.counter("a", "A.");
  const auto count = [&counter] {
    for (int i = 0; i < 1000; ++i) counter.add();
  };
  std::thread first(count);
  std::thread second(count);
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(metrics.render().empty());
  first.join();
  second.join();
  EXPECT_EQ(counter.value(), 2000U);
}

TEST(Notify, sends_one_datagram_to_the_given_socket) {
  std::string folder = testing::TempDir() + "notifyXXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const std::string path = folder + "/s";
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ASSERT_LT(path.size(), sizeof(address.sun_path));
  path.copy(address.sun_path, path.size());
  ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);

  notify_systemd(path, "READY=1");

  std::array<char, 64> got{};
  const auto length = ::recv(fd, got.data(), got.size(), MSG_DONTWAIT);
  EXPECT_EQ(std::string(got.data(), length < 0 ? 0 : static_cast<std::size_t>(length)), "READY=1");
  ::close(fd);
  ::unlink(path.c_str());
  ::rmdir(folder.c_str());
}

TEST(Notify, does_nothing_without_systemd) {
  notify_systemd("", "READY=1");
  notify_systemd("/nowhere/at/all", "READY=1");
}

}  // namespace
}  // namespace leafgate::telling_test
