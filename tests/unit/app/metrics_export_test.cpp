#include "gateway/app/metrics_export.hpp"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "gateway/runtime/simulator.hpp"
#include "gateway/runtime/sleep.hpp"
#include "tests/fakes/fake_operator.hpp"
#include "tests/fakes/temporary_folder.hpp"

namespace leafgate::metrics_export_test {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

struct MetricsExportTest : testing::Test {
  TemporaryFolder folder;
  std::string file = folder.path() + "/leafgate.prom";
  Simulator simulator{1};
  FakeOperator desk;
  Metrics metrics;
  int collected = 0;
  MetricsExport out{
      simulator.executor(), simulator.executor(), {desk, metrics, [this] { return collect(); }}};

  MetricsExportTest() { simulator.spawn(out.write()); }
  ~MetricsExportTest() override {
    out.stop();
    simulator.run_until_idle();
  }
  // As one does that has to ask the store.
  Task<void> collect() {
    const int now = ++collected;
    co_await sleep_for(Millis(5));
    metrics.gauge("leafgate_example", "as it was asked for").set(now);
  }
  [[nodiscard]] std::string content() const {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
  }
  std::pair<int, std::string> ask(const std::string& target, const std::string& host = "localhost:9464") {
    status::MetricsDoor door({desk, metrics});
    net::HttpRequest request;
    request.method = "GET";
    request.target = target;
    request.headers.add("Host", host);
    auto task = door.handle(std::move(request));
    const net::HttpResponse response = simulator.run(std::move(task));
    return {response.status, response.body};
  }
};

TEST_F(MetricsExportTest, writes_the_file_every_fifteen_seconds) {
  desk.report.registrations = 7;
  out.write_to(file);
  simulator.run_for(seconds(1));
  EXPECT_THAT(content(), HasSubstr("leafgate_registrations 7\n"));
  EXPECT_TRUE(content().ends_with("# EOF\n"));
  desk.report.registrations = 8;
  simulator.run_for(seconds(13));
  EXPECT_THAT(content(), HasSubstr("leafgate_registrations 7\n"));
  simulator.run_for(seconds(2));
  EXPECT_THAT(content(), HasSubstr("leafgate_registrations 8\n"));
  EXPECT_GE(collected, 2);
}

TEST_F(MetricsExportTest, writes_what_was_asked_for_and_not_what_was_asked_for_before) {
  out.write_to(file);
  for (int i = 0; i < 2; ++i) {
    simulator.run_for(seconds(16));
    EXPECT_THAT(content(), HasSubstr("leafgate_example " + std::to_string(collected) + "\n"));
  }
}

TEST_F(MetricsExportTest, lets_everybody_read_the_file_and_leaves_no_other) {
  out.write_to(file);
  simulator.run_for(seconds(1));
  struct stat found {};
  ASSERT_EQ(::stat(file.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0644U);
  EXPECT_FALSE(std::filesystem::exists(file + ".new"));
}

TEST_F(MetricsExportTest, writes_elsewhere_or_nowhere_after_a_reload) {
  out.write_to(file);
  simulator.run_for(seconds(1));
  out.write_to("");
  simulator.run_for(seconds(60));
  EXPECT_FALSE(std::filesystem::exists(file));
  out.write_to(file);
  simulator.run_for(seconds(1));
  EXPECT_TRUE(std::filesystem::exists(file));
}

TEST_F(MetricsExportTest, leaves_nothing_where_it_wrote_before_a_reload) {
  const std::string foreign = folder.path() + "/foreign.prom";
  std::ofstream(foreign) << "of somebody else";
  for (const char* name : {"/a.prom", "/none/b.prom", "/c.prom"}) {
    out.write_to(folder.path() + name);
    simulator.run_for(seconds(20));
  }
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/a.prom"));
  EXPECT_TRUE(std::filesystem::exists(folder.path() + "/c.prom"));
  EXPECT_TRUE(std::filesystem::exists(foreign));
}

TEST_F(MetricsExportTest, goes_on_where_the_file_cannot_be_written) {
  out.write_to(folder.path() + "/none/leafgate.prom");
  simulator.run_for(seconds(60));
  out.write_to(file);
  simulator.run_for(seconds(1));
  EXPECT_TRUE(std::filesystem::exists(file));
}

TEST_F(MetricsExportTest, shows_figures_and_nothing_else_at_the_listener) {
  EXPECT_THAT(ask("/metrics").second, HasSubstr("# TYPE leafgate_service_up gauge\n"));
  EXPECT_EQ(ask("/v1/status").first, 404);
  EXPECT_EQ(ask("/metrics", "evil.example").first, 421) << "a page in a browser may ask by any name";
}

TEST_F(MetricsExportTest, asks_for_its_listener_every_minute_until_another_program_lets_it_go) {
  int asked = 0;
  bool is_free = false;
  out.listen_by([&]() -> Result<net::OwnedDescriptor> {
    ++asked;
    if (!is_free) return Error(Errc::in_use, "another program listens there");
    return net::open_listening("127.0.0.1:0", {});
  });
  simulator.spawn(out.serve());
  simulator.run_for(seconds(150));
  EXPECT_EQ(asked, 2);
  is_free = true;
  simulator.run_for(seconds(600));
  EXPECT_EQ(asked, 3) << "it listens";
}

TEST_F(MetricsExportTest, a_stop_does_not_wait_for_its_listener) {
  int asked = 0;
  out.listen_by([&]() -> Result<net::OwnedDescriptor> {
    ++asked;
    return Error(Errc::in_use, "another program listens there");
  });
  simulator.spawn(out.serve());
  simulator.run_for(seconds(1));
  out.stop();
  simulator.run_until_idle();
  EXPECT_EQ(asked, 0);
}

TEST_F(MetricsExportTest, forgets_labels_that_are_gone) {
  DegradedMode mode;
  mode.reason = Reason::store_full;
  desk.report.degraded.push_back(mode);
  desk.report.name = "before";
  EXPECT_THAT(ask("/metrics").second, HasSubstr("leafgate_degraded{reason=\"store-full\"} 1\n"));
  desk.report.degraded.clear();
  desk.report.name = "after";
  const std::string text = ask("/metrics").second;
  EXPECT_THAT(text, testing::Not(HasSubstr("store-full")));
  EXPECT_THAT(text, testing::Not(HasSubstr("before")));
  EXPECT_THAT(text, HasSubstr("leafgate_build_info{name=\"after\""));
}

}  // namespace
}  // namespace leafgate::metrics_export_test
