#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <mutex>
#include <unordered_map>

#include "gateway/model/time.hpp"
#include "gateway/runtime/clock.hpp"

namespace leafgate::net {

// Who failed how often, by source: an IPv4 address or an IPv6 /64 (source_of()). Each failure adds seconds,
// which pass with time; from a threshold on the source is held back until they have all passed. A source
// where a leaf was verified within a day is only slowed down: a whole line may sit behind one address with
// one wrong leaf (reliability §3.2).
//
// Shared by all loops under a mutex: the door asks at every accept, where a trip to another loop would cost
// more than what it decides. Nothing is done under it but a look-up, and while nobody is penalised the door
// does not take it at all. Time is passed in, and may come a little out of order between loops.
class Penalties {
 public:
  enum class Kind { bad_tls, authentication, timeout, decoder };
  struct Limits {
    Millis bad_tls{1'000};
    Millis authentication{5'000};
    Millis timeout{10'000};
    Millis decoder{90'000};
    Millis threshold{15'000};     // acts from here
    Millis longest{600'000};      // never more than this is held against a source
    std::size_t sources = 4'096;  // remembered of each kind, failed and verified; the oldest goes first
    Millis trust{24 * 3'600'000};
  };
  enum class Treatment {
    welcome,
    slowed,  // one unproven connection at a time, on each loop
    held,    // none
  };

  Penalties() : Penalties(Limits()) {}
  explicit Penalties(const Limits& limits) : limits_(limits) {}
  Penalties(const Penalties&) = delete;
  Penalties& operator=(const Penalties&) = delete;

  void failed(std::uint64_t source, Kind kind, TimePoint now);
  void verified(std::uint64_t source, TimePoint now);

  [[nodiscard]] Treatment treatment(std::uint64_t source, TimePoint now) const;
  // Whether a leaf of this source was verified within a day.
  [[nodiscard]] bool trusts(std::uint64_t source, TimePoint now) const;
  // True now and then for a held source, so that what becomes of its connections is told, but not of each.
  [[nodiscard]] bool should_tell(std::uint64_t source, TimePoint now);
  [[nodiscard]] std::size_t penalised() const { return penalised_; }

 private:
  struct Entry {
    std::uint64_t source;
    TimePoint until;  // the penalties are over; or the trust
    TimePoint told{};
    bool acting = false;  // once above the threshold, until all is over
  };
  // Bounded; what was not touched longest goes first.
  class Table {
   public:
    Entry* find(std::uint64_t source);
    const Entry* find(std::uint64_t source) const;
    Entry& touch(std::uint64_t source, std::size_t most);
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

   private:
    std::list<Entry> entries_;  // latest first
    std::unordered_map<std::uint64_t, std::list<Entry>::iterator> index_;
  };
  [[nodiscard]] Millis weight(Kind kind) const;
  [[nodiscard]] bool trusted(std::uint64_t source, TimePoint now) const;

  Limits limits_;
  mutable std::mutex mutex_;
  // Apart, so that a crowd of failing sources cannot push out the good ones.
  Table failed_;
  Table verified_;
  std::atomic<std::size_t> penalised_{0};
};

}  // namespace leafgate::net
