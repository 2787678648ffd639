#pragma once

#include <sstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "adapters/status/endpoint.hpp"
#include "gateway/ctl/verbs.hpp"
#include "gateway/runtime/loop.hpp"
#include "tests/fakes/fake_bridge_operator.hpp"
#include "tests/fakes/fake_line_operator.hpp"
#include "tests/fakes/fake_operator.hpp"
#include "tests/fakes/fake_tpm_operator.hpp"
#include "tests/fakes/temporary_folder.hpp"

namespace leafgate::example {

inline const WallTime now = WallTime(Millis(1'800'000'000'000));

}  // namespace leafgate::example

namespace leafgate::ctl {

// The verbs against the real routes on a real socket, with a desk in memory behind them.
struct VerbsTest : testing::Test {
  TemporaryFolder folder;
  std::string path = folder.path() + "/status.sock";
  FakeOperator desk;
  FakeTpmOperator tpm;
  FakeLineOperator carriers;
  FakeBridgeOperator bridges;
  Metrics metrics;
  Loop loop{"status"};
  status::Routes routes{{desk, metrics, loop.executor(), nullptr, {}, &tpm, nullptr, &carriers, &bridges},
                        getegid(),
                        {geteuid()}};
  std::unique_ptr<status::Endpoint> endpoint;
  Daemon daemon{path, Millis(10'000)};
  std::ostringstream out;
  std::ostringstream err;
  bool json = false;

  void SetUp() override {
    endpoint = std::make_unique<status::Endpoint>(loop.executor(), *net::listen_unix(path), routes);
    spawn(loop.executor(), endpoint->run());
    loop.start();
  }
  void TearDown() override {
    boost::asio::post(loop.executor(), [this] { endpoint->stop(); });
    loop.release();
    loop.join();
  }
  Session session() { return Session{daemon, out, err, example::now, json, Paint(false), "a test"}; }

  Explanation& leaf(const std::string& id, RegistrationStatus status, Reason reason) {
    Explanation& told = desk.leaves[ascii_lower(id)];
    told.device.registration_id = id;
    told.device.status = status;
    told.device.reason = reason;
    told.device.last_seen = example::now - std::chrono::minutes(3);
    return told;
  }
  static AttemptNote note(Reason reason, std::string client) {
    AttemptNote out;
    out.at = example::now - std::chrono::minutes(3);
    out.reason = reason;
    out.step = "register";
    out.source = "192.0.2.7";
    out.client = std::move(client);
    return out;
  }
  void expect_80_columns() const {
    std::istringstream lines(out.str());
    for (std::string line; std::getline(lines, line);) EXPECT_LE(width_of(line), columns) << line;
    EXPECT_EQ(out.str().find('\x1b'), std::string::npos);
  }
};

}  // namespace leafgate::ctl
