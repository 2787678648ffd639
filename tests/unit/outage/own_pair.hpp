#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "gateway/app/certificates.hpp"
#include "gateway/runtime/simulator.hpp"
#include "tests/fakes/certificate_maker.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/temporary_folder.hpp"

namespace leafgate {

// The gateway's own certificate through a run of months: a pair of files that lives for 60 days, and what the
// daemon makes of them.
class OwnPair {
 public:
  static constexpr const char* name = "gw.site.example";
  static constexpr int life = 60;  // days

  OwnPair(Simulator& simulator, const FakeClock& clock) : simulator_(simulator), clock_(clock) {}

  // Renewed by a hook that writes both files, or by one that is interrupted between them.
  void renew() {
    write_certificate();
    write_key();
  }
  void renew_half() { write_certificate(); }
  void write_key() { TestPki::write_key(path("gw.key"), next_); }

  // As the daemon starts: with a pair that never was good it does not, and says which files.
  Result<void> start() {
    certificates_ =
        std::make_unique<Certificates>(std::vector<Executor>{simulator_.executor()}, simulator_.executor(),
                                       clock_, KeptCertificates(folder_.path()));
    WantedPairs wanted;
    wanted.main = {"", path("gw.pem"), path("gw.key")};
    auto loaded = certificates_->load(wanted);
    if (!loaded) {
      certificates_.reset();
      return loaded;
    }
    auto remembered = certificates_->remember();
    simulator_.run(std::move(remembered));
    return loaded;
  }
  void stop() { certificates_.reset(); }
  [[nodiscard]] bool runs() const { return certificates_ != nullptr; }

  // What its watch does with files that changed: what looks half written gets its minute first.
  void watch() {
    for (int looks = 0; looks < 2; ++looks) {
      auto look = certificates_->look();
      simulator_.run(std::move(look));
      simulator_.run_for(std::chrono::minutes(2));
    }
  }
  [[nodiscard]] std::string refusal() const {
    for (const DegradedMode& mode : certificates_->troubles())
      if (mode.reason == Reason::certificate_refused) return mode.consequence;
    return {};
  }
  [[nodiscard]] Millis left() const { return certificates_->left().front().second; }
  [[nodiscard]] bool is_shown() const { return runs() && !certificates_->are_missing(); }

  // A leaf that trusts the site's CA and knows what day it is: whether it would take what is shown.
  [[nodiscard]] bool is_taken_by_leaves() const {
    const auto shown = certificates_->shown_to(name, 0);
    if (!shown) return false;
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> trusting(SSL_CTX_new(TLS_client_method()),
                                                                     SSL_CTX_free);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(trusting.get()), ca_.certificate.get());
    SSL_CTX_set_verify(trusting.get(), SSL_VERIFY_PEER, nullptr);
    const auto now = std::chrono::floor<Seconds>(clock_.now().at).time_since_epoch().count();
    X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(trusting.get()), now);
    return shake_hands(trusting.get(), shown->native());
  }

 private:
  [[nodiscard]] std::string path(const char* file) const { return folder_.path() + "/" + file; }
  void write_certificate() {
    const auto today = static_cast<int>((clock_.now().at - test_day()) / std::chrono::days(1));
    next_ = CertificateMaker(name)
                .by(ca_)
                .days(today - 1, today + life)
                .with("subjectAltName", std::string("DNS:") + name)
                .make();
    TestPki::write(path("gw.pem"), {next_});
  }
  static bool shake_hands(SSL_CTX* by_leaf, SSL_CTX* by_gateway) {
    const std::unique_ptr<SSL, decltype(&SSL_free)> leaf(SSL_new(by_leaf), SSL_free);
    const std::unique_ptr<SSL, decltype(&SSL_free)> gateway(SSL_new(by_gateway), SSL_free);
    BIO* one = nullptr;
    BIO* other = nullptr;
    BIO_new_bio_pair(&one, 0, &other, 0);
    SSL_set_bio(leaf.get(), one, one);
    SSL_set_bio(gateway.get(), other, other);
    SSL_set1_host(leaf.get(), name);
    SSL_set_tlsext_host_name(leaf.get(), name);
    SSL_set_connect_state(leaf.get());
    SSL_set_accept_state(gateway.get());
    for (int turn = 0; turn < 10; ++turn) {
      const int leaf_done = SSL_do_handshake(leaf.get());
      const int gateway_done = SSL_do_handshake(gateway.get());
      if (leaf_done == 1 && gateway_done == 1) return true;
    }
    return false;
  }

  Simulator& simulator_;
  const FakeClock& clock_;
  TemporaryFolder folder_;
  TestCertificate ca_ = CertificateMaker("Site CA of servers").ca().days(-10, 900).make();
  TestCertificate next_;
  std::unique_ptr<Certificates> certificates_;
};

}  // namespace leafgate
