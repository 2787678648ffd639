#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gateway/flows/api_pace.hpp"
#include "gateway/flows/group_keys.hpp"
#include "gateway/flows/meter.hpp"
#include "gateway/flows/sync_errand.hpp"
#include "gateway/flows/sync_scope.hpp"
#include "gateway/flows/whereabouts.hpp"
#include "gateway/ports/service_list.hpp"
#include "gateway/ports/sync_operator.hpp"

namespace leafgate {

struct SyncOptions {
  Millis every{0};                       // 0: only when asked
  std::vector<std::string> enrollments;  // sync.enrollments
};

// Whether the sync that tells this is confirming leaves now, so that nobody else need ask about them. Not
// while it fails or waits, and not while it asks for keys: that confirms nobody, and takes a day. Pure.
[[nodiscard]] bool confirms_leaves(const SyncReport& report);

// What the trouble of a sync means here, in words. Pure.
[[nodiscard]] std::string consequence_of(const SyncReport& report);

// Keeps what is enrolled here as the service's list has it (semantics §5): reads the list by pages beside
// what counts, switches to it at once, asks for the keys of what changed, and takes in where its leaves are.
// One request at a time, by a pace that it shares; whatever fails is tried again where it failed, later and
// later; a restart goes on where it was. First loop only.
//
// A 429 is of the rate at which all ask, whoever hears it: everybody waits as long as it says, and then
// another of its kind is asked. It is of one request alone where others went through since that heard it
// first, nobody else hears it, and it hears nothing else: then it is put behind, and left out, like one that
// fails.
class Sync {
 public:
  // All outlive it.
  struct Ports {
    ServiceList& list;
    EnrollmentSync& store;
    Ledger& ledger;
    Trust& trust;
    GroupKeys* group_keys;  // null: keys of groups are sealed like any other
    Whereabouts& whereabouts;
    Forwarder& forwarder;  // whether the service can be reached, and who looks when it seems not
    WallClock& clock;
    const PoweredMeter& meter;
    ApiPace& pace;
  };
  Sync(Executor loop, Ports ports, SyncOptions options);

  // Until stop().
  Task<void> run();
  void stop();
  void start_now();
  // What could not be asked for want of the time goes on now.
  void time_is_known();
  void set_options(SyncOptions options);
  // Without what is enrolled tells by itself: missing_cas.
  [[nodiscard]] SyncReport report() const;

 private:
  static constexpr Millis first_keys_pause = std::chrono::minutes(15);
  // What the pages of one list named as the next one. One that comes again would have them read for ever.
  using Continuations = std::set<std::size_t>;  // their hashes
  static bool goes_round(const Continuations& followed, const std::string& next);
  // How one step ended.
  enum class Went { well, badly, stopped };

  Task<void> find_out();
  Task<Went> step();
  [[nodiscard]] bool asks_service() const;
  [[nodiscard]] ApiPace::Asks asks() const;
  [[nodiscard]] bool is_due(TimePoint now) const;
  [[nodiscard]] std::optional<TimePoint> next_moment() const;
  Task<Went> start();
  Task<Went> read_page();
  Task<Went> read_again();
  Task<Went> switch_over();
  Task<Went> learn();
  Task<Went> read_states();
  Went states_failed(Result<StateListPage> page);
  Went states_throttled(const ListAnswer& answer);
  bool put_behind(std::string why, unsigned tries);
  Task<Went> fetch_key();
  Went keys_throttled(const ListAnswer& answer);
  Task<Went> next_keyless();
  Task<Went> give_up_keys(ListAnswer answer);
  Task<Went> take_keys(Keyless of, KeysAnswer answer);
  Task<Went> put_keys();
  Task<Went> begin_anew();
  [[nodiscard]] bool stood_too_long() const;
  [[nodiscard]] bool is_for_another_scope() const;
  void next_keys();
  bool put_key_behind(std::string why);
  void put_keys_off(std::string why);
  bool is_throttled_alone(const std::string& request);
  void end_of_keys();
  void ask_for_keys_again();
  void enter(SyncPhase phase);
  void plan_next();

  [[nodiscard]] std::string words_of(const ListAnswer& answer) const;
  // Whether it may be what was asked for that fails, and not the asking.
  static bool is_of_one_request(const Error& error);
  Went failed(const Error& error);
  Went refused(const ListAnswer& answer);
  void hold_pace(const ListAnswer& answer);
  Went back_off(Reason reason, std::string detail, Millis at_least = Millis(0));
  void forbidden(std::string& what, const ListAnswer& answer);
  void went_well();
  void forget_trouble();
  [[nodiscard]] std::string part_missing() const;

  Ports ports_;
  SyncOptions options_;
  SyncScope scope_;
  Wakeup wakeup_;
  bool stopping_ = false;
  bool asked_ = false;
  SyncPhase phase_ = SyncPhase::idle;
  SyncStanding standing_;
  std::optional<TimePoint> due_;
  std::size_t pages_ = 0;
  TimePoint page_read_at_{};  // or begun
  TimePoint rests_until_{};   // behind a page: leaves are served beside it
  bool was_read_again_ = false;
  std::uint64_t missing_ = 0;     // in the first reading
  std::uint64_t first_read_ = 0;  // by that
  struct ReadingFrom {
    TimePoint at{};
    std::uint64_t read = 0;
  };
  void reading_begins();
  [[nodiscard]] std::optional<Millis> reading_ends_in(std::uint64_t of) const;
  ReadingFrom reading_from_;
  Millis stood_{0};  // since it was begun or gone on with, beyond what the pace costs
  std::vector<std::string> kept_out_;
  Continuations followed_;  // of the list that is read

  // Whose leaves are still to be found, the last one first.
  struct GroupToRead {
    std::string id;
    std::string continuation;
    Continuations followed;
    unsigned failures = 0;                      // since a page was read
    bool begun_again = false;                   // then: all of them
    unsigned throttled = 0;                     // in a row, while there was no other to ask
    std::optional<std::uint64_t> asked_beside;  // for a key then, when so many had gone through
  };
  void plan_groups(const std::vector<Enrollment>& groups);
  static void tell_of_other_cas(const std::vector<Enrollment>& before, const std::vector<Enrollment>& after);
  std::vector<GroupToRead> groups_to_read_;
  KeylessPlace keys_from_;
  std::vector<Keyless> keyless_;  // the last one first
  std::vector<FetchedKeys> fetched_;
  std::size_t keys_left_ = 0;
  std::size_t odd_states_ = 0;     // of the run
  std::size_t left_to_learn_ = 0;  // leaves for which the run had no room
  bool rest_follows_ = false;

  TimePoint paused_until_{};
  bool waits_for_time_ = false;  // or for the TPM: nothing could be signed, or sealed
  unsigned failures_in_a_row_ = 0;
  unsigned forgotten_ = 0;  // continuations, since a list was read to its end
  std::uint64_t failures_ = 0;
  std::uint64_t runs_ = 0;
  std::uint64_t keys_fetched_ = 0;
  Reason trouble_ = Reason::none;
  std::string detail_;
  // What the credential may not read though it may read the list: a sync ends without it. Empty: nothing.
  std::string states_forbidden_;
  std::string keys_forbidden_;
  std::map<std::string, std::string> unread_groups_;  // that the last run went by, and why
  std::string unread_keys_;
  std::set<std::string> odd_keys_;  // ids whose keys could not be read, in this round
  unsigned keys_failed_in_a_row_ = 0;
  std::uint64_t went_through_ = 0;                  // requests, since the start
  std::map<std::string, std::uint64_t> throttled_;  // those that hear 429 alone, and how many had before
  std::string throttled_last_;                      // who heard it last, and how many had by then
  std::uint64_t throttled_at_ = 0;
  std::optional<TimePoint> keys_again_;  // when those are asked for once more
  Millis keys_pause_ = first_keys_pause;
  WallTime troubled_since_{};
};

}  // namespace leafgate
