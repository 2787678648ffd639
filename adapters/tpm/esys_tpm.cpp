#include "adapters/tpm/esys_tpm.hpp"

#include <utility>

#include <boost/asio/post.hpp>

#include "adapters/tpm/activation.hpp"
#include "adapters/tpm/counter.hpp"
#include "adapters/tpm/identity.hpp"
#include "adapters/tpm/sealing.hpp"

namespace leafgate::tpm {
namespace {

constexpr std::uint32_t most_counters = 8;  // of state folders that were here before

EsysTpmOptions for_address(EsysTpmOptions options, const TctiAddress& address) {
  options.keeper.alone = address.kind != TctiAddress::Kind::device;
  return options;
}

}  // namespace

EsysTpm::EsysTpm(Executor home, EsysTpmOptions options, const TctiAddress& address)
    : EsysTpm(std::move(home), for_address(std::move(options), address),
              TransportMaker([address] { return open_transport(address); })) {}

EsysTpm::EsysTpm(Executor home, EsysTpmOptions options, TransportMaker make_transport)
    : options_(std::move(options)),
      keeper_(options_.keeper, std::move(make_transport), [home, hook = std::weak_ptr<Hook>(hook_)] {
        boost::asio::post(home, [hook] {
          const auto alive = hook.lock();
          if (alive && alive->call) alive->call();
        });
      }) {
  if (options_.enabled) keeper_.start();
}

EsysTpm::~EsysTpm() { stop(); }

void EsysTpm::stop() { keeper_.stop(); }

TpmFacts EsysTpm::facts() const {
  TpmFacts facts = keeper_.facts();
  if (!options_.enabled) {
    facts.state = TpmState::off;
    facts.detail.clear();
  }
  return facts;
}

void EsysTpm::on_change(std::function<void()> hook) { hook_->call = std::move(hook); }

void EsysTpm::expect(std::optional<TpmAnchor> anchor) { keeper_.expect(std::move(anchor)); }

template <class T, class F>
Task<Result<T>> EsysTpm::ask(Asked asked, F work) {
  if (!options_.enabled) co_return Error(Errc::unsupported, "no TPM is used");
  const TimePoint deadline = LoopClock::now() + asked.within;
  auto start = [&](Reply<Result<T>> reply) {
    keeper_.add(std::make_unique<Call<T, F>>(asked.rank, asked.needs, deadline, work, std::move(reply)));
  };
  co_return co_await wait_for_reply<Result<T>>(start);
}

Task<Result<TpmIdentity>> EsysTpm::identity() {
  const Asked asked{Rank::own, Needs::any, options_.operator_deadline};
  auto work = [](Bench& bench) { return tpm::identity(bench); };
  return ask<TpmIdentity>(asked, std::move(work));
}

Task<Result<TpmAnchor>> EsysTpm::set_up(TpmSetUp wanted) {
  const Asked asked{Rank::own, Needs::any, options_.operator_deadline};
  const auto before = keeper_.expected();
  const std::uint32_t epoch = before ? before->signing_epoch : 1;
  // That of a TPM which is expected is known, and another in its place would forget what it counted.
  if (before) wanted.counter_index = before->counter_index;
  const std::uint32_t counters = before ? 1 : most_counters;
  auto work = [this, epoch, counters, wanted = std::move(wanted)](Bench& bench) -> Outcome<TpmAnchor> {
    auto anchor = tpm::set_up(bench, wanted, counters, epoch);
    if (!anchor) return anchor;
    if (auto laid = bench.lay_out(*anchor); !laid) return laid.error();
    keeper_.adopt(*anchor);
    return anchor;
  };
  return ask<TpmAnchor>(asked, std::move(work));
}

Task<Result<TpmObject>> EsysTpm::seal(crypto::Secret secret, TpmSealPolicy policy) {
  auto work = [secret = std::move(secret), policy = std::move(policy)](Bench& bench) {
    return tpm::seal(bench, secret, policy);
  };
  return ask<TpmObject>(own(), std::move(work));
}

Task<Result<crypto::Secret>> EsysTpm::unseal(TpmObject sealed, TpmSealPolicy policy) {
  auto work = [sealed = std::move(sealed), policy = std::move(policy)](Bench& bench) {
    return tpm::unseal(bench, sealed, policy);
  };
  return ask<crypto::Secret>(own(), std::move(work));
}

Task<Result<TpmObject>> EsysTpm::make_hmac_key(crypto::Secret key, crypto::Secret auth) {
  auto work = [key = std::move(key), auth = std::move(auth)](Bench& bench) {
    return tpm::make_hmac_key(bench, key, auth);
  };
  return ask<TpmObject>(own(), std::move(work));
}

Task<Result<crypto::Secret>> EsysTpm::hmac(TpmHmacKey key, std::string message) {
  Asked asked = own();
  asked.rank = Rank::derived;
  auto work = [key = std::move(key), message = std::move(message)](Bench& bench) {
    return bench.keys().hmac(key, message);
  };
  return ask<crypto::Secret>(asked, std::move(work));
}

Task<Result<std::uint64_t>> EsysTpm::read_epoch(crypto::Secret counter_auth) {
  auto work = [auth = std::move(counter_auth)](Bench& bench) { return tpm::read_epoch(bench, auth); };
  return ask<std::uint64_t>(own(), std::move(work));
}

Task<Result<std::uint64_t>> EsysTpm::advance_epoch(crypto::Secret counter_auth) {
  auto work = [auth = std::move(counter_auth)](Bench& bench) { return tpm::advance_epoch(bench, auth); };
  return ask<std::uint64_t>(own(), std::move(work));
}

Task<Result<TpmStatement>> EsysTpm::certify_epoch(crypto::Secret counter_auth,
                                                  std::array<std::uint8_t, 32> extra) {
  auto work = [auth = std::move(counter_auth), extra](Bench& bench) {
    return tpm::certify_epoch(bench, auth, extra);
  };
  return ask<TpmStatement>(own(), std::move(work));
}

Task<Result<TpmObject>> EsysTpm::activate(Bytes authentication_key) {
  Asked asked = own();
  asked.within = options_.operator_deadline;
  auto work = [octets = std::move(authentication_key)](Bench& bench) -> Outcome<TpmObject> {
    const auto key = parse_authentication_key(octets);
    if (!key) return found(Errc::refused, key.error().detail);
    return tpm::activate(bench, *key);
  };
  return ask<TpmObject>(asked, std::move(work));
}

}  // namespace leafgate::tpm
