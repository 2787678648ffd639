#pragma once

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "adapters/status/routes.hpp"
#include "adapters/status/user_names.hpp"
#include "gateway/runtime/simulator.hpp"
#include "tests/fakes/fake_operator.hpp"

namespace leafgate::status {

// The routes over a desk in memory, asked by root.
struct RoutesTest : testing::Test {
  Simulator sim{1};
  FakeOperator desk;
  Metrics metrics;
  UserNames users{[](uid_t user) {
    auto look = std::make_shared<UserNameLook>();
    look->put(user == 0 ? "root" : "");
    return look;
  }};
  Routes routes{ports(), gid_t{700}};

  RoutesPorts ports() {
    RoutesPorts out{desk, metrics, sim.executor()};
    out.users = &users;
    return out;
  }
  static net::HttpRequest request(const std::string& method, const std::string& target) {
    net::HttpRequest out(method, target);
    out.headers.add("Host", "gateway");
    net::PeerCredentials root;
    root.uid = 0;
    root.pid = 42;
    out.peer = net::HttpPeer(root);
    return out;
  }
  net::HttpResponse answer(net::HttpRequest asked) { return sim.run(routes.handle(std::move(asked))); }
  net::HttpResponse get(const std::string& target) { return answer(request("GET", target)); }
  nlohmann::json json(const std::string& target) {
    const net::HttpResponse got = get(target);
    EXPECT_EQ(got.status, 200) << got.body;
    return nlohmann::json::parse(got.body);
  }
  static net::HttpRequest import(const std::string& body, const std::string& type = "text/csv") {
    net::HttpRequest out = request("POST", "/v1/enrollments");
    out.headers.add("Content-Type", type);
    out.body = body;
    return out;
  }
};

}  // namespace leafgate::status
