#pragma once

#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "gateway/net/connector.hpp"
#include "gateway/net/http_client.hpp"
#include "tests/standin/test/standin_process.hpp"

namespace leafgate::service {

// A client of ours and a service that shares no code with it, over TLS.
struct OverTls : testing::Test {
  standin::StandinProcess process;
  boost::asio::io_context context{1};
  std::optional<net::Connector> connector;
  std::optional<net::HttpClient> http;

  // A client for the stand-in that is running, which expects this name there.
  void dial(const std::string& server_name) {
    auto tls = crypto::TlsContext::client(process.folder() + "/server.pem");
    ASSERT_TRUE(tls.has_value()) << tls.error().detail;
    http.reset();
    connector.emplace(context.get_executor(), *tls);
    net::Target target{"127.0.0.1", process.port(), server_name};
    net::HttpConnect connect = [this, target](TimePoint deadline) {
      return connector->connect(target, deadline);
    };
    http.emplace("dps.test", connect);
  }
  void rule(const std::string& match, const std::string& action, int times = 1) {
    const std::string text =
        "{\"match\":" + match + ",\"times\":" + std::to_string(times) + ",\"action\":" + action + "}";
    ASSERT_EQ(process.control("POST", "/faults", text).status, 200);
  }
  template <class T>
  T run(Task<T> task) {
    std::optional<T> kept;
    const auto keep = [](Task<T> inner, std::optional<T>& into) -> Task<void> {
      into.emplace(co_await std::move(inner));
    };
    spawn(context.get_executor(), keep(std::move(task), kept));
    context.restart();
    while (!kept) context.run_one();
    return std::move(*kept);
  }
};

}  // namespace leafgate::service
