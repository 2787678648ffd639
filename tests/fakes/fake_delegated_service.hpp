#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "gateway/ports/delegated_service.hpp"
#include "tests/fakes/fake_provisioning_service.hpp"

namespace leafgate {

// The service as a leaf's own connection sees it: the first request opens that, which takes one signature of
// the leaf and no second. What it answers is `behind`'s. Members are open to the tests.
class FakeDelegatedService : public DelegatedService {
 public:
  explicit FakeDelegatedService(FakeProvisioningService& answering) : behind(answering) {}

  FakeProvisioningService& behind;
  std::optional<Error> way;     // why the service cannot be reached
  bool takes_signature = true;  // false: it is not by the key of the certificate
  Millis sign_within{4'000};
  int connections = 0;  // open now
  int opened = 0;       // ever
  Bytes last_signature;
  SchemeSet last_schemes;
  std::string last_token;

  std::unique_ptr<ProvisioningService> speak_for(DelegatedIdentity identity) override {
    last_schemes = identity.schemes;
    return std::make_unique<Own>(*this, std::move(identity));
  }

 private:
  class Own : public ProvisioningService {
   public:
    Own(FakeDelegatedService& of, DelegatedIdentity identity) : of_(of), identity_(std::move(identity)) {
      ++of_.connections;
      ++of_.opened;
    }
    ~Own() override { --of_.connections; }

    Task<Result<ServiceAnswer>> register_device(RegistrationId id, RegistrationRequest request,
                                                std::string token) override {
      of_.last_token = token;
      auto open = co_await connect();
      if (!open) co_return open.error();
      co_return co_await of_.behind.register_device(std::move(id), std::move(request), std::move(token));
    }
    Task<Result<ServiceAnswer>> operation_status(RegistrationId id, OperationId operation,
                                                 std::string token) override {
      auto open = co_await connect();
      if (!open) co_return open.error();
      co_return co_await of_.behind.operation_status(std::move(id), std::move(operation), std::move(token));
    }
    Task<Result<void>> reach() override { co_return co_await connect(); }

   private:
    Task<Result<void>> connect() {
      if (of_.way) co_return *of_.way;
      if (open_) co_return Result<void>();
      SignRequest request;
      request.tls13 = true;
      request.message = Bytes(130, 0x20);
      const TimePoint deadline = LoopClock::now() + of_.sign_within;
      auto signature = co_await identity_.signer->sign(std::move(request), deadline);
      if (!signature && signature.error().code == Errc::stopped) co_return signature.error();
      if (!signature) co_return Error(Errc::refused, "the leaf did not sign: " + signature.error().detail);
      of_.last_signature = *signature;
      if (!of_.takes_signature) co_return Error(Errc::refused, "the signature is not the leaf's");
      open_ = true;
      co_return Result<void>();
    }

    FakeDelegatedService& of_;
    DelegatedIdentity identity_;
    bool open_ = false;
  };
};

}  // namespace leafgate
