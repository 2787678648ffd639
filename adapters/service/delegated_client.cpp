#include "adapters/service/delegated_client.hpp"

#include <algorithm>
#include <utility>

#include "adapters/service/dps_device_client.hpp"
#include "gateway/crypto/delegated_key.hpp"
#include "gateway/net/http_client.hpp"

namespace leafgate::service {
namespace {

using Key = std::shared_ptr<crypto::DelegatedKey>;

// A service that says "later" says so for a quarter of an hour at most; the connection is worth a signature.
constexpr Millis kept_idle = std::chrono::minutes(16);

net::HttpClientLimits one_connection() {
  net::HttpClientLimits limits;
  limits.idle_connections = 1;
  limits.idle = kept_idle;
  return limits;
}

// What became of the leaf, in the words of the port.
Error blame(const Error& failure) {
  if (failure.code == Errc::stopped || failure.code == Errc::refused) return failure;
  return {Errc::refused, "the leaf did not sign: " + failure.detail};
}

Error used_up() {
  return {Errc::conflict, "the connection ended, and the leaf has signed for this attempt already"};
}

// Lives by itself: the attempt may have been given up when the leaf answers.
Task<void> fetch(std::weak_ptr<crypto::DelegatedKey> attempt, std::shared_ptr<LeafSigner> signer,
                 SignRequest request, TimePoint deadline) {
  const auto signature = co_await signer->sign(std::move(request), deadline);
  const Key key = attempt.lock();
  if (!key) co_return;
  if (!signature) {
    key->fail(signature.error());
    co_return;
  }
  // A signature that does not verify is told by the handshake; one that comes late, by nobody.
  const auto taken = key->answer(*signature);
  (void)taken;
}

// The service for one attempt of one leaf.
class Attempt final : public ProvisioningService {
 public:
  Attempt(const Executor& loop, net::Connector& connector, const net::Target& target,
          const std::string& http_host, const IdScope& scope, const DelegatedLimits& limits,
          DelegatedIdentity identity)
      : loop_(loop),
        connector_(connector),
        target_(target),
        limits_(limits),
        signer_(std::move(identity.signer)),
        key_(crypto::DelegatedKey::make(std::move(identity.chain), identity.schemes)),
        http_(http_host, connect(), one_connection()),
        client_(loop, http_, scope, limits.request) {}

  Task<Result<ServiceAnswer>> register_device(RegistrationId id, RegistrationRequest request,
                                              std::string /*token*/) override {
    auto answer = co_await client_.register_device(std::move(id), std::move(request), std::string());
    co_return judged(std::move(answer));
  }
  Task<Result<ServiceAnswer>> operation_status(RegistrationId id, OperationId operation,
                                               std::string /*token*/) override {
    auto answer = co_await client_.operation_status(std::move(id), std::move(operation), std::string());
    co_return judged(std::move(answer));
  }
  Task<Result<void>> reach() override {
    auto reached = co_await client_.reach();
    if (!reached) co_return told(reached.error());
    co_return Result<void>();
  }

 private:
  net::HttpConnect connect() {
    return [this](TimePoint deadline) { return open(deadline); };
  }

  Task<Result<std::unique_ptr<net::Stream>>> open(TimePoint deadline) {
    used_up_ = false;
    if (!key_) co_return key_.error();
    const Key& key = *key_;
    if (!key->may_connect()) {
      used_up_ = !key->failure();
      co_return used_up();
    }
    net::Delegation delegation;
    delegation.key = key;
    resumed_ = key->used();
    const std::weak_ptr<crypto::DelegatedKey> attempt = key;
    auto ask = [this, attempt, deadline](SignRequest request) {
      const TimePoint until = std::min(deadline, LoopClock::now() + limits_.signature);
      spawn(loop_, fetch(attempt, signer_, std::move(request), until));
    };
    delegation.ask = ask;
    auto stream = co_await connector_.connect(target_, deadline, std::move(delegation));
    if (!stream) used_up_ = stream.error().code == Errc::conflict;
    co_return stream;
  }

  // A service may keep a session without the chain that was shown in it, and then knows the leaf no more:
  // that says nothing of the leaf.
  [[nodiscard]] Result<ServiceAnswer> judged(Result<ServiceAnswer> answer) const {
    constexpr int unauthorized = 401;
    if (!answer) return told(answer.error());
    if (resumed_ && answer->http_status == unauthorized) return used_up();
    return answer;
  }

  // The leaf's doing is told as such, whatever the connection came to.
  [[nodiscard]] Error told(const Error& error) const {
    if (!key_) return key_.error();
    if (const auto& failure = (*key_)->failure()) return blame(*failure);
    return used_up_ ? used_up() : error;
  }

  Executor loop_;
  net::Connector& connector_;
  net::Target target_;
  DelegatedLimits limits_;
  std::shared_ptr<LeafSigner> signer_;
  Result<Key> key_;
  bool used_up_ = false;
  bool resumed_ = false;  // the connection goes on with an earlier one's session
  net::HttpClient http_;
  DpsDeviceClient client_;
};

}  // namespace

DelegatedClient::DelegatedClient(const Executor& loop, net::Connector& connector, net::Target target,
                                 std::string http_host, IdScope scope, DelegatedLimits limits)
    : loop_(loop),
      connector_(connector),
      target_(std::move(target)),
      http_host_(std::move(http_host)),
      scope_(std::move(scope)),
      limits_(limits) {}

std::unique_ptr<ProvisioningService> DelegatedClient::speak_for(DelegatedIdentity identity) {
  return std::make_unique<Attempt>(loop_, connector_, target_, http_host_, scope_, limits_,
                                   std::move(identity));
}

}  // namespace leafgate::service
