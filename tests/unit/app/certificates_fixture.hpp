#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/app/certificates.hpp"
#include "gateway/runtime/simulator.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/test_pki.hpp"

namespace leafgate {

// A main pair and one for "extra.example", seen by two loops in virtual time.
struct CertificatesTest : testing::Test {
  TestPki pki;
  Simulator simulator{1};
  FakeClock clock;
  std::vector<Executor> loops{simulator.executor(), simulator.executor()};
  std::unique_ptr<Certificates> certificates;
  std::shared_ptr<crypto::TlsContext> first;

  CertificatesTest() {
    clock.start = WallTime(
        std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()));
    write_pair("main", "DNS:gw.example");
    write_pair("extra", "DNS:extra.example");
  }
  CertificatePair pair(const std::string& file, const std::string& server_name = "") {
    return {server_name, pki.path(file + ".pem"), pki.path(file + ".key")};
  }
  void write_pair(const std::string& file, const std::string& names, int days = 90,
                  const std::string& usage = "") {
    const auto made = make_test_certificate("gw", names, &pki.ca(), days, nullptr, usage);
    TestPki::write(pki.path(file + ".pem"), {made});
    TestPki::write_key(pki.path(file + ".key"), made);
  }
  // As a hook does that was interrupted: the certificate is new, the key still the old one.
  void write_half(const std::string& file) {
    TestPki::write(pki.path(file + ".pem"), {make_test_certificate("gw", "DNS:gw.example", &pki.ca())});
  }
  WantedPairs wanted() {
    WantedPairs out;
    out.main = pair("main");
    out.extra = {pair("extra", "extra.example")};
    return out;
  }
  Result<void> load() { return load(wanted()); }
  Result<void> load(const WantedPairs& these) {
    certificates = std::make_unique<Certificates>(loops, simulator.executor(), clock,
                                                  KeptCertificates(pki.path("state")));
    return certificates->load(these);
  }
  void start() {
    const auto loaded = load();
    ASSERT_TRUE(loaded) << loaded.error().detail;
    first = shown("gw.example");
  }
  // A gateway that has run with both pairs, and has ended.
  void run_once() {
    std::filesystem::create_directory(pki.path("state"));
    start();
    auto task = certificates->remember();
    simulator.run(std::move(task));
    certificates.reset();
  }
  void look() {
    auto task = certificates->look();
    simulator.run(std::move(task));
    simulator.run_until_idle();
  }
  void reload(WantedPairs other) {
    auto task = certificates->reload(std::move(other));
    simulator.run(std::move(task));
    simulator.run_until_idle();
  }
  std::shared_ptr<crypto::TlsContext> shown(const std::string& name, std::size_t loop = 1) {
    return certificates->shown_to(name, loop);
  }
  std::vector<std::string> troubles() {
    std::vector<std::string> out;
    for (const DegradedMode& mode : certificates->troubles())
      out.push_back(std::string(code(mode.reason)) + ": " + mode.consequence);
    return out;
  }
};

}  // namespace leafgate
