#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/flows/passed_connections.hpp"
#include "gateway/flows/shared_lru.hpp"
#include "gateway/ports/clock.hpp"
#include "gateway/ports/pass_through.hpp"
#include "gateway/ports/registrations.hpp"
#include "gateway/runtime/clock.hpp"

namespace leafgate {

// Which connections go through untouched (semantics §6): to the service those of a source whose leaf has just
// shown a certificate that cannot be answered here, to a hub those that ask for one that was handed out here.
//
// A source is one address, also of IPv6: where each leaf has its own, what one of them shows or proves says
// nothing of its neighbours, and a whole LAN is one /64 (as a source_key(), it would be shared as soon as one
// leaf of it has a symmetric key, and whoever shows a certificate there would send all others past the
// gateway). A leaf keeps its address for much longer than a showing lasts: temporary ones are good for a day
// (RFC 8981 §3.8). But one host has as many of a /64 as it likes, so what is remembered is bounded for each
// source_key() too: it pushes out its own.
//
// Where nothing else is said: any loop. The tunnel asks at a ClientHello, which must be decided at once, so
// what it asks is shared by all loops under a mutex; a trip to the first loop would cost more than the
// look-up, and nothing but look-ups is done under it. What only deciding code changes is changed on the first
// loop. All of it lives in memory and is bounded: who was not heard of longest goes first; of hubs the first
// stay.
class Passes final : public PassThrough {
 public:
  static constexpr unsigned connections = 8;           // that one showing of a certificate lets through
  static constexpr std::chrono::minutes lifetime{2};   // within this time
  static constexpr std::chrono::hours shared_for{24};  // after a symmetric-key leaf was verified there
  static constexpr std::size_t most_sources = 4'096;
  static constexpr std::size_t most_of_a_network = 512;  // sources, and sightings, of one source_key()
  static constexpr std::size_t most_claims = 8;          // registrationIds kept of one source
  static constexpr std::size_t most_sightings = 8'192;
  static constexpr std::size_t most_hubs = 1'024;  // the service has 50 at most

  // Both outlive it, and what it posts to the loop.
  Passes(Executor first_loop, const WallClock& clock) : first_loop_(first_loop), clock_(clock) {}

  std::optional<std::string> take(std::string_view address,
                                  const std::shared_ptr<Presence>& connection) override;
  void shown(std::shared_ptr<Presence> connection, std::string address,
             crypto::Certificate certificate) override;
  [[nodiscard]] bool service_is_up() const override { return service_up_; }
  [[nodiscard]] bool handed_out(std::string_view hub) const override;
  void ended(PassedSession session) override;
  void seen_toward(std::string_view hub, std::string_view address) override;
  // When a connection from this address to this hub last came by; absent: not since the start, or forgotten.
  [[nodiscard]] std::optional<WallTime> seen_toward_at(std::string_view hub, std::string_view address) const;

  // The rest on the first loop.
  // The leaf at this address has shown a certificate of this registrationId that only the service can judge.
  // `marks`: by what it can be told apart later; without any, by its id alone.
  void grant(std::string_view address, std::string_view claimed_id, Marks marks = {});
  // The service has put it there: what comes from this address is not for its sake any more. Others of the
  // address keep what they were given.
  void take_back(std::string_view address, std::string_view claimed_id);

  // Those that fit go no more, from wherever: what their addresses were given is withdrawn (who else is there
  // knocks again), and what is open and may be theirs ends. Gives how many connections that were.
  std::size_t revoke(const std::function<bool(const Marks&)>& which);
  // This connection is that leaf's, from what it has shown.
  void recognise(const std::shared_ptr<Presence>& connection, std::string_view address, Traveller who);

  // Which enrollment here took the certificate that a leaf showed before it was sent through: so that what is
  // learnt of it later is known to be answered from here, and for how long. Of the latest 4,096 leaves, by
  // registration key.
  struct Voucher {
    std::string enrollment_id;
    std::string enrollment_etag;
    std::optional<ProofEnds> ends = std::nullopt;
  };
  void vouch(const std::string& registration_key, Voucher by) {
    vouched_.put(registration_key, std::move(by));
  }
  [[nodiscard]] std::optional<Voucher> vouched(std::string_view registration_key) const {
    const Voucher* by = vouched_.peek(registration_key);
    return by == nullptr ? std::nullopt : std::optional<Voucher>(*by);
  }
  // A leaf with a symmetric key lives there: it must not be passed by, so nobody of this source goes through.
  void symmetric_verified(std::string_view address);
  [[nodiscard]] bool is_shared(std::string_view address) const;

  // As the forwarder finds out; up until it is told otherwise.
  void service_is(bool up) { service_up_ = up; }

  // Whether hubs are passed on to at all (tunnel.hubs). Off at first; while off, none is remembered.
  void set_hubs_matter(bool matter);
  [[nodiscard]] bool hubs_matter() const { return hubs_matter_; }
  void hand_out(std::string_view hub);
  // Those that were, in lower case; none while hubs do not matter.
  [[nodiscard]] std::vector<std::string> hubs() const;
  // Hands out again what was handed out before the start, if hubs matter. Errors: the store's.
  Task<Result<void>> load(Registrations& registrations);

  // Who is told of sessions that have ended, each in a turn of its own.
  void on_ended(std::function<void(PassedSession)> hook) { on_ended_ = std::move(hook); }
  // Who looks at what was shown in clear, each in a turn of its own.
  using Look =
      std::function<void(std::shared_ptr<Presence>, std::string address, crypto::Certificate certificate)>;
  void on_shown(Look hook) { on_shown_ = std::move(hook); }

 private:
  struct Claim {
    std::shared_ptr<const Traveller> who;
    unsigned taken = 0;
    [[nodiscard]] bool is_of(std::string_view id) const;
  };
  struct Grant {
    unsigned left = 0;
    TimePoint until{};
    std::vector<Claim> claims;
  };
  [[nodiscard]] Travellers granted() const;

  Executor first_loop_;
  const WallClock& clock_;
  std::function<void(PassedSession)> on_ended_;
  Look on_shown_;
  SharedLruMap<TimePoint> shared_{most_sources, most_of_a_network};  // until when
  LruMap<Voucher> vouched_{most_sources};
  bool hubs_matter_ = false;
  std::atomic<bool> service_up_{true};

  mutable std::mutex mutex_;  // of what follows
  SharedLruMap<Grant> grants_{most_sources, most_of_a_network};
  PassedConnections connections_;
  SharedLruMap<WallTime> sightings_{most_sightings, most_of_a_network};
  std::set<std::string, std::less<>> hubs_;  // lower case
};

}  // namespace leafgate
