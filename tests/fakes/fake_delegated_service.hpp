#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/crypto/digest.hpp"
#include "gateway/ports/delegated_service.hpp"
#include "tests/fakes/fake_provisioning_service.hpp"

namespace leafgate {

// Speaks for leaves to a FakeProvisioningService, which has to outlive it: opens a "connection" at the first
// request, has the leaf sign for it once, and blames who is to blame. Members are open to the tests.
class FakeDelegatedService : public DelegatedService {
 public:
  explicit FakeDelegatedService(FakeProvisioningService& service) : service_(service) {}

  SchemeSet takes = all();  // what the service accepts, in the order PS256, RS256, ES256
  bool tls13 = true;
  Millis sign_limit{20'000};
  bool believes = true;                 // false: every signature is found wrong
  bool cut_after_register = false;      // the connection ends; a poll would need a second signature
  std::vector<std::string> spoken_for;  // SHA-256 of each leaf's certificate, or "" where none was given
  std::size_t signatures = 0;           // that were good
  std::size_t open = 0;                 // sessions that live now

  std::unique_ptr<ProvisioningService> speak_for(DelegatedIdentity identity) override {
    spoken_for.push_back(identity.chain ? identity.chain->leaf().sha256() : std::string());
    return std::make_unique<Session>(*this, std::move(identity));
  }

 private:
  class Session final : public ProvisioningService {
   public:
    Session(FakeDelegatedService& fake, DelegatedIdentity identity)
        : fake_(fake), identity_(std::move(identity)) {
      ++fake_.open;
    }
    ~Session() override { --fake_.open; }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    Task<Result<ServiceAnswer>> register_device(RegistrationId id, RegistrationRequest request,
                                                std::string) override {
      auto connected = co_await connect();
      if (!connected) co_return connected.error();
      auto answer = co_await fake_.service_.register_device(std::move(id), std::move(request), std::string());
      if (fake_.cut_after_register) connected_ = false;
      co_return answer;
    }
    Task<Result<ServiceAnswer>> operation_status(RegistrationId id, OperationId operation,
                                                 std::string) override {
      auto connected = co_await connect();
      if (!connected) co_return connected.error();
      co_return co_await fake_.service_.operation_status(std::move(id), std::move(operation), std::string());
    }
    Task<Result<void>> reach() override {
      auto connected = co_await connect();
      if (!connected) co_return connected.error();
      co_return co_await fake_.service_.reach();
    }

   private:
    Task<Result<void>> connect() {
      if (connected_) co_return Result<void>();
      if (asked_) co_return Error(Errc::conflict, "the connection ended after its one signature");
      auto reached = co_await fake_.service_.reach();
      if (!reached) co_return reached.error();
      const auto scheme = choose();
      if (!scheme) co_return Error(Errc::refused, "no signature scheme in common");
      asked_ = true;
      auto request = request_for(*scheme);
      auto signature =
          co_await identity_.signer->sign(std::move(request), LoopClock::now() + fake_.sign_limit);
      if (!signature) {
        if (signature.error().code == Errc::stopped) co_return signature.error();
        co_return Error(Errc::refused, "the leaf did not sign: " + signature.error().detail);
      }
      const std::size_t size = scheme == SignatureScheme::es256 ? 64 : 256;
      if (!fake_.believes || signature->size() != size)
        co_return Error(Errc::refused, "the leaf signed wrongly");
      ++fake_.signatures;
      connected_ = true;
      co_return Result<void>();
    }
    [[nodiscard]] std::optional<SignatureScheme> choose() const {
      for (const auto scheme : {SignatureScheme::ps256, SignatureScheme::rs256, SignatureScheme::es256}) {
        const bool forbidden = fake_.tls13 && scheme == SignatureScheme::rs256;
        if (!forbidden && identity_.schemes.has(scheme) && fake_.takes.has(scheme)) return scheme;
      }
      return std::nullopt;
    }
    // In TLS 1.3 with the octets that never differ; the rest counts up.
    [[nodiscard]] SignRequest request_for(SignatureScheme scheme) const {
      SignRequest request;
      request.scheme = scheme;
      request.tls13 = fake_.tls13;
      request.message.assign(fake_.tls13 ? 130 : 2589, 0x20);
      if (fake_.tls13) {
        const ByteView context = as_bytes("TLS 1.3, client CertificateVerify");
        std::copy(context.begin(), context.end(), request.message.begin() + 64);
        request.message[97] = 0;
      }
      request.hash = crypto::sha256(request.message);
      request.purpose = std::string(fake_.tls13 ? "TLS 1.3" : "TLS 1.2") + " client of the.fake";
      return request;
    }

    FakeDelegatedService& fake_;
    DelegatedIdentity identity_;
    bool asked_ = false;
    bool connected_ = false;
  };

  static SchemeSet all() {
    SchemeSet set;
    for (const auto scheme : {SignatureScheme::es256, SignatureScheme::ps256, SignatureScheme::rs256})
      set.add(scheme);
    return set;
  }

  FakeProvisioningService& service_;
};

}  // namespace leafgate
