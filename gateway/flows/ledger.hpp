#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/flows/lru.hpp"
#include "gateway/ports/confirmations.hpp"
#include "gateway/ports/enrollments.hpp"
#include "gateway/ports/registrations.hpp"

namespace leafgate {

// What the flows hold in memory of the store: the last used enrollments and registrations, so that a repeat
// touches no thread and no file. Whoever commits a change changes it here right after. First loop only.
class Ledger {
 public:
  static constexpr std::size_t default_capacity = 16'384;
  using Record = std::shared_ptr<RegistrationRecord>;
  using IndividualEnrollment = std::shared_ptr<const Enrollment>;  // null: there is none
  using Groups = std::shared_ptr<const std::vector<Enrollment>>;

  Ledger(Enrollments& enrollments, Registrations& registrations, std::size_t capacity = default_capacity)
      : enrollments_(enrollments),
        registrations_(registrations),
        records_(capacity),
        individuals_(capacity) {}

  // Never null: an empty record for a leaf nothing is known of. Everyone who asks for one leaf holds the same
  // record.
  Task<Result<Record>> record(RegistrationId id);
  // The record if it is in memory, else null.
  [[nodiscard]] Record held(std::string_view registration_key);
  // The same without counting as a use.
  [[nodiscard]] Record peek(std::string_view registration_key) const;

  // One that is in memory and fits, the last used first; null when there is none.
  [[nodiscard]] Record first_held(const std::function<bool(const Registration&)>& fits) const;

  Task<Result<IndividualEnrollment>> individual(std::string registration_key);
  Task<Result<Groups>> groups();
  // Null while they must be read from the store.
  [[nodiscard]] Groups held_groups() const { return groups_; }
  // Which individual enrollment has this endorsement key; empty when none has. Asks the store.
  Task<Result<std::string>> id_of_endorsement_key(std::string key) {
    return enrollments_.id_of_endorsement_key(std::move(key));
  }

  // A certificate that was answered ends then, and that enrollment took it, which an assignment that was
  // learnt out of sight does not name: in the record at once, in the store with whatever the house writes
  // next (semantics §3: an answer from cache writes nothing). Nothing where that is known. `shown.key` is
  // filled in.
  void note_ends(RegistrationRecord& record, ShownEnds shown);
  // What has yet to be stored of that, at most so many.
  [[nodiscard]] std::vector<ShownEnds> take_noted_ends(std::size_t most);
  // What could not be stored; what came meanwhile is newer.
  void put_back_noted_ends(std::vector<ShownEnds> those);

  // How a leaf came last that proved itself by something else, under something else or for something else
  // than earned its assignment, or by a certificate that has yet to earn one: as it is expected to come
  // again. In memory; of the latest ones.
  struct CameAs {
    std::string credential;
    bool secondary = false;                     // Verdict::secondary
    std::optional<std::string> request_digest;  // absent: it has shown its TPM alone, and not asked yet
    bool for_certificate = false;               // by a csr
    std::string enrollment_id;
    std::string enrollment_etag;
    bool by_certificate = false;
    std::string tpm_storage;  // of a TPM: by which storage root key, as an Assignment names it
    friend bool operator==(const CameAs&, const CameAs&) = default;
  };
  void came_otherwise(std::string_view registration_key, CameAs as);
  void came_as_before(std::string_view registration_key);
  [[nodiscard]] const CameAs* came_otherwise(std::string_view registration_key) const {
    return otherwise_.peek(registration_key);
  }

  // A certificate with this id was shown last that no enrollment here takes, and why; none: one that is
  // taken. Nobody has proved to be the leaf: it tells something only where nothing better is known. In
  // memory; of the latest ones, until the groups take other certificates.
  void came_untaken(std::string_view registration_key, Reason why);
  [[nodiscard]] Reason came_untaken(std::string_view registration_key) const {
    const Reason* why = untaken_.peek(registration_key);
    return why != nullptr ? *why : Reason::none;
  }

  // Another number when any of that has changed, which no write tells.
  [[nodiscard]] std::uint64_t came_changes() const { return came_changes_; }

  // Any of them. What is held is of no use any more, and goes when its place is wanted: to let go of all at
  // once would hold up the loop.
  void enrollments_changed();
  // Grows with each call of that: what was read before and what is read after belong to different lists.
  [[nodiscard]] std::uint64_t exchanges() const { return exchanges_; }
  // This one alone.
  void enrollment_changed(EnrollmentKind kind, std::string_view id);
  struct ChangedAlone {
    EnrollmentKind kind;
    std::string_view id;
  };
  // Called after each of both, with null where any may have changed. One at most: who waits for enrollments.
  void on_change(std::function<void(const ChangedAlone*)> hook) { changed_ = std::move(hook); }
  // Lets go of a record; also of one whose reading is under way.
  void forget(std::string_view registration_key);

 private:
  Enrollments& enrollments_;
  Registrations& registrations_;
  LruMap<Record> records_;
  struct HeldEnrollment {
    IndividualEnrollment enrollment;
    std::uint64_t exchanges = 0;  // when it was read
  };
  LruMap<HeldEnrollment> individuals_;
  std::map<std::string, ShownEnds, std::less<>> noted_ends_;  // at most `default_capacity`
  LruMap<CameAs> otherwise_{default_capacity};
  LruMap<Reason> untaken_{default_capacity};  // apart, since strangers fill it
  Groups judged_by_;                          // what those were shown to, or the same again
  std::uint64_t came_changes_ = 0;
  Groups groups_;
  std::uint64_t forgotten_ = 0;  // how often forget was called
  std::uint64_t exchanges_ = 0;
  std::uint64_t generation_ = 0;  // of the enrollments; a read that began before a change is not kept
  std::function<void(const ChangedAlone*)> changed_;
};

}  // namespace leafgate
