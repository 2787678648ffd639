#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/app/config.hpp"
#include "gateway/app/kept_certificates.hpp"
#include "gateway/app/pair_files.hpp"
#include "gateway/ports/clock.hpp"
#include "gateway/ports/operator.hpp"
#include "gateway/ports/outage_operator.hpp"
#include "gateway/ports/self_test.hpp"
#include "gateway/runtime/clock.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate {

// Which pairs of certificate and key the configuration names.
struct WantedPairs {
  CertificatePair main;  // without a server_name: for whoever asks for no other
  std::vector<CertificatePair> extra;
  std::optional<CertificatePair> broker;  // by which the gateway shows itself there; no leaf is shown it
  Millis watch{60'000};
};
[[nodiscard]] WantedPairs wanted_pairs(const Config& config);

// The certificates shown to leaves: the main one, and others by the name a leaf asks for (SNI, exactly). A
// changed pair is tried first: it loads, goes together, its chain is whole, it is made for servers and valid
// now. Then it is promoted, on each loop by itself; else the old one stays and troubles() says why. Sessions
// live on. First loop, unless said otherwise.
class Certificates {
 public:
  // `pool` reads the files. All outlive this.
  Certificates(std::vector<Executor> loops, Executor pool, const WallClock& clock, KeptCertificates last);

  // At start, before the loops run. What does not load is told and left out, like a date that does not fit: a
  // gateway that half works is better than none. Instead of a pair that was good here once, or was named to a
  // gateway that ran, the certificate kept of the last run is shown, where a key is still its own. Without a
  // main one nothing is shown until the files are good again; they are looked at every ten seconds. Errors:
  // those of a main pair that never was either.
  Result<void> load(const WantedPairs& wanted);
  // Keeps what is shown for such a start, and the names of what is refused. Once when the state folder is
  // there; later it is done as they change.
  Task<void> remember();
  // Another configuration, or the same once more: tries what has changed, at once and for good.
  Task<void> reload(WantedPairs wanted);
  // Tries files that changed since they were read. What looks half written gets a minute (or one period of
  // the watch) to become whole before it is called refused.
  Task<void> look();
  [[nodiscard]] TimePoint look_again_at() const { return look_again_at_; }

  // What to show; null while there is nothing. On loop number `loop` only.
  [[nodiscard]] std::shared_ptr<crypto::TlsContext> shown_to(std::string_view server_name,
                                                             std::size_t loop) const;
  // Whether there is nothing for whoever asks for no name of an extra pair.
  [[nodiscard]] bool are_missing() const { return !kept_.front().shown; }
  [[nodiscard]] TurnedAway turned_away() const;  // for want of one

  // Whether one that is shown has this DNS name, or is shown for it; in lower case. Any thread.
  [[nodiscard]] bool are_for(std::string_view name) const;
  // Each file in use once, with the time until its chain ends; that for the broker behind those of leaves.
  [[nodiscard]] std::vector<std::pair<std::string, Millis>> left() const;
  // Those that leaves are shown, the main one first.
  [[nodiscard]] std::vector<ShownCertificate> shown() const;
  // The one that the broker is shown, where there is one that can be read.
  [[nodiscard]] std::optional<ShownCertificate> shown_to_broker() const;
  // What was refused, and what ends soon (not while the clock is not trusted).
  [[nodiscard]] std::vector<DegradedMode> troubles() const;

 private:
  struct Kept {
    explicit Kept(CertificatePair p) : pair(std::move(p)) {}
    [[nodiscard]] bool is_main() const { return pair.server_name.empty(); }
    CertificatePair pair;
    std::optional<LoadedPair> shown;     // none: not good since the start
    std::string shown_from;              // its certificate file: not that of `pair` while that is refused
    std::optional<FileStamp> stamp;      // of the files as they were read; none: not tried yet
    std::optional<TimePoint> odd_since;  // since when they look half written
    std::string refusal;                 // why the files as they are now are not shown
    WallTime refused_at{};
    std::optional<TimePoint> told_ending_at;
    bool is_remembered = false;    // as it is shown, or the names that are refused
    std::string remember_trouble;  // told already
  };
  // Its client reads it by itself, at each connection.
  struct OfBroker {
    explicit OfBroker(CertificatePair p) : pair(std::move(p)) {}
    CertificatePair pair;
    std::optional<FileStamp> stamp;
    std::optional<crypto::CertificateInfo> info;  // none: not readable as it is
    std::optional<TimePoint> told_ending_at;
  };
  struct Table {  // of one loop
    std::shared_ptr<crypto::TlsContext> main;
    std::map<std::string, std::shared_ptr<crypto::TlsContext>, std::less<>> extra;
  };

  Task<void> try_changed(bool patient);
  void look_again_after(bool soon);
  bool judge(Kept& kept, Result<LoadedPair> tried, bool patient);  // true when another one is to be shown
  [[nodiscard]] Result<LoadedPair> read(const CertificatePair& pair) const;
  bool show_last(Kept& kept, const LastShown& last, bool unless_faulty);
  static void show(Kept& kept, LoadedPair loaded, const std::string& from);
  void refuse(Kept& kept, const Error& why);
  static void tell_fault(const Kept& kept, const Result<void>& fit);
  [[nodiscard]] std::string instead_of(const Kept& kept) const;
  void publish();
  [[nodiscard]] std::set<std::string, std::less<>> names() const;
  [[nodiscard]] Table table(std::size_t loop) const;
  Task<void> remember(Kept& kept);
  void tell_what_ends(Kept& kept) const;
  void tell_what_ends(const std::string& file, const crypto::CertificateInfo& info,
                      std::optional<TimePoint>& told_at) const;
  Task<void> look_at_broker();
  void take_of_broker(const Result<crypto::ServerIdentity>& read);
  [[nodiscard]] std::optional<WallTime> trusted_now() const;

  std::vector<Executor> loops_;
  Executor pool_;
  const WallClock& clock_;
  KeptCertificates last_;
  std::shared_ptr<crypto::TicketKeys> tickets_;  // one set: a leaf may resume on any loop
  Millis watch_{};
  TimePoint look_again_at_{};
  std::vector<Kept> kept_;  // the main pair first
  std::optional<OfBroker> of_broker_;
  std::vector<Table> tables_;
  mutable std::mutex names_mutex_;
  std::set<std::string, std::less<>> names_;  // of all that are shown
};

}  // namespace leafgate
