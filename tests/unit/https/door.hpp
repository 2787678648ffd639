#pragma once

#include <algorithm>
#include <memory>
#include <string>

#include "adapters/https/endpoint.hpp"
#include "gateway/runtime/simulator.hpp"
#include "tests/fakes/fake_journal.hpp"
#include "tests/fakes/fake_registrar.hpp"
#include "tests/fakes/scripted_stream.hpp"

namespace leafgate::https {

struct FixedClock final : WallClock {
  [[nodiscard]] WallReading now() const override { return {WallTime(Millis(1'800'000'000'000)), quality}; }
  ClockQuality quality = ClockQuality::synced;
};

struct ZeroRandom final : Random {
  void fill(std::span<std::uint8_t> out) override { std::fill(out.begin(), out.end(), std::uint8_t{0}); }
};

struct NoWebSocket final : net::StreamHandler {
  Task<void> serve(net::Stream&, net::PeerInfo) override {
    ++served;
    co_return;
  }
  int served = 0;
};

struct Door {
  FakeRegistrar registrar;
  FakeJournal journal;
  FixedClock clock;
  ZeroRandom random;
  NoWebSocket web_socket;
  Limits limits;
  std::shared_ptr<const crypto::CertificateChain> shown;  // by the leaf, in its handshake

  std::string says(const std::string& octets, TimePoint* last_deadline = nullptr) {
    Simulator sim(1);
    Endpoint endpoint({registrar, journal, clock, random}, limits, web_socket);
    ScriptedStream stream({octets});
    net::PeerInfo peer;
    peer.address = "192.0.2.7";
    peer.server_name = "dps.site";
    peer.chain = shown;
    stream.on_read = [&] {
      if (last_deadline != nullptr && !stream.written.empty() && !stream.closed)
        *last_deadline = TimePoint{} + (stream.deadline - sim.now());
    };
    sim.run(endpoint.serve(stream, peer));
    return stream.written;
  }
};

inline std::string put(const std::string& token, const std::string& agent = {}) {
  return "PUT /s/registrations/leaf-1/register?api-version=1 HTTP/1.1\r\nHost: dps.site\r\n"
         "Authorization: " +
         token + "\r\n" + (agent.empty() ? "" : "User-Agent: " + agent + "\r\n") +
         "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
}

inline std::string get(const std::string& operation) {
  return "GET /s/registrations/leaf-1/operations/" + operation +
         "?api-version=1 HTTP/1.1\r\nHost: dps.site\r\nAuthorization: " + FakeRegistrar().good_token +
         "\r\n\r\n";
}

inline int status_of(const std::string& answer) {
  return answer.size() < 12 ? 0 : std::stoi(answer.substr(9, 3));
}

inline std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace leafgate::https
