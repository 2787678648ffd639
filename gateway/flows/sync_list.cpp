// The list: page by page beside what counts, then all of it at once.
#include <algorithm>
#include <functional>

#include "gateway/flows/group_spelling.hpp"
#include "gateway/flows/keys.hpp"
#include "gateway/flows/sync.hpp"
#include "gateway/model/listed_enrollment.hpp"
#include "gateway/model/missing_cas.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

constexpr std::size_t names_told = 20;
constexpr Millis longest_stand = std::chrono::hours(1);
// A pace that was saved up would have many pages follow each other, and leaves wait for all of them.
constexpr int rest_per_work = 2;
constexpr Millis longest_rest{
    250};  // also where a disk is slow: 100,000 records are to be here within a minute

Millis beyond_the_pace(LoopClock::duration waited, double per_minute) {
  const Millis all = std::chrono::duration_cast<Millis>(waited);
  const Millis of_pace(static_cast<Millis::rep>(60'000 / std::max(per_minute, 0.01)));
  return std::max(Millis(0), all - of_pace);
}

std::size_t certificates_of(const Enrollment& group) {
  return static_cast<std::size_t>(group.primary_certificate.has_value()) +
         static_cast<std::size_t>(group.secondary_certificate.has_value());
}

SyncPhase phase_of(const SyncPlace& place) {
  if (place.ended) return SyncPhase::switching;
  return place.kind == EnrollmentKind::group ? SyncPhase::listing_groups : SyncPhase::listing_individuals;
}

SyncPlace place_after(EnrollmentKind kind, const std::string& continuation) {
  SyncPlace next;
  next.kind = kind;
  next.continuation = continuation;
  if (!continuation.empty()) return next;
  next.kind = EnrollmentKind::individual;
  next.ended = kind == EnrollmentKind::individual;
  return next;
}

// What is held in its place stays, but takes its status; and where nothing is, it keeps its leaf out while it
// is disabled, as at the service (effect_of).
void take_odd(OddEnrollment odd, SyncPage& page) {
  if (!odd.enabled) return page.kept_out.push_back(std::move(odd.id));
  ++page.odd;
  page.listed.push_back(status_alone(page.kind, std::move(odd.id), *odd.enabled));
}

void spell_as_held(EnrollmentListPage& page, const std::vector<Enrollment>& groups) {
  for (ListedEnrollment& listed : page.records)
    listed.enrollment.id = held_spelling(groups, std::move(listed.enrollment.id));
  for (OddEnrollment& odd : page.odd) odd.id = held_spelling(groups, std::move(odd.id));
}

void tell_that_it_stood(std::uint64_t read) {
  log::notice("the service's list is read anew: for too long it could not be read on", {{"read", read}});
}

}  // namespace

Task<Sync::Went> Sync::start() {
  if (!fetched_.empty()) {
    const Went put = co_await put_keys();
    if (put != Went::well) co_return put;
  }
  auto standing = co_await ports_.store.standing();
  if (!standing) co_return failed(standing.error());
  standing_ = std::move(*standing);
  asked_ = false;
  reading_begins();
  kept_out_.clear();
  const auto errand = parse_errand(standing_.scope);
  const bool goes_on = standing_.open && errand && errand->scope == scope_.text() &&
                       !is_stale(*errand, ports_.meter.now(), ports_.clock.now());
  if (!goes_on) co_return co_await begin_anew();
  page_read_at_ = LoopClock::now();
  stood_ = Millis(0);
  was_read_again_ = false;
  missing_ = 0;
  log::info("sync with the service's list goes on", {{"read", standing_.counts.read}});
  enter(phase_of(standing_.place));
  co_return Went::well;
}

bool Sync::goes_round(const Continuations& followed, const std::string& next) {
  return followed.contains(std::hash<std::string>()(next));
}

// The list was read for a while, then could not be, and goes on being read: what it said first is not what it
// says now.
bool Sync::stood_too_long() const {
  return stood_ + beyond_the_pace(LoopClock::now() - page_read_at_, ports_.pace.per_minute()) > longest_stand;
}

bool Sync::is_for_another_scope() const {
  const auto errand = parse_errand(standing_.scope);
  return !errand || errand->scope != scope_.text();
}

ApiPace::Asks Sync::asks() const {
  const bool lists = phase_ == SyncPhase::listing_groups || phase_ == SyncPhase::listing_individuals;
  return lists ? ApiPace::Asks::page_of_list : ApiPace::Asks::other;
}

Task<Sync::Went> Sync::begin_anew() {
  const WallReading wall = ports_.clock.now();
  SyncErrand errand;
  errand.scope = scope_.text();
  errand.begun = ports_.meter.now();
  if (wall.quality != ClockQuality::unsynced) errand.begun_wall = wall.at;
  std::string scope = to_text(errand);
  asked_ = true;  // should it fail
  enter(SyncPhase::idle);
  auto begun = co_await ports_.store.begin(std::move(scope));
  if (!begun) co_return failed(begun.error());
  auto standing = co_await ports_.store.standing();
  if (!standing) co_return failed(standing.error());
  asked_ = false;
  standing_ = std::move(*standing);
  ports_.whereabouts.forget_waiting();
  page_read_at_ = LoopClock::now();
  stood_ = Millis(0);
  was_read_again_ = false;
  missing_ = 0;
  reading_begins();
  kept_out_.clear();
  enter(SyncPhase::listing_groups);
  co_return Went::well;
}

Task<Sync::Went> Sync::read_page() {
  const bool stood = stood_too_long();
  if (stood) tell_that_it_stood(standing_.counts.read);
  if (stood || is_for_another_scope()) co_return co_await begin_anew();
  const EnrollmentKind kind = standing_.place.kind;
  std::string from = standing_.place.continuation;
  const PoweredTime asked_at = ports_.meter.now();
  const TimePoint began = LoopClock::now();
  auto page = co_await ports_.list.enrollments(kind, std::move(from));
  if (stopping_) co_return Went::stopped;
  if (!page) co_return failed(page.error());
  // The service keeps a continuation as long as it likes to.
  const bool is_forgotten = page->answer.http_status == 400 && !standing_.place.continuation.empty();
  if (is_forgotten) {
    failures_in_a_row_ = forgotten_++;  // where it forgets every one, the first pages going well says nothing
    (void)refused(page->answer);
    co_return co_await begin_anew();
  }
  if (page->answer.http_status != 200) co_return refused(page->answer);
  if (goes_round(followed_, page->continuation)) {
    const Error round(Errc::implausible, "the list goes round: its next page is one that was read already");
    co_return failed(round);
  }

  const TimePoint answered = LoopClock::now();
  if (kind == EnrollmentKind::group) {
    auto groups = co_await ports_.ledger.groups();
    if (!groups) co_return failed(groups.error());
    spell_as_held(*page, **groups);
  }
  SyncPage staged;
  staged.kind = kind;
  staged.next = place_after(kind, page->continuation);
  staged.nameless = page->nameless;
  std::vector<ListedPlace> sightings;
  for (OddEnrollment& odd : page->odd) {
    if (!scope_.covers(odd.id)) continue;
    if (kept_out_.size() < names_told) kept_out_.push_back(odd.id + ": " + odd.what);
    log::warning("a record of the service's list is not understood",
                 {{"enrollment", odd.id}, {"detail", odd.what}});
    take_odd(std::move(odd), staged);
  }
  for (ListedEnrollment& listed : page->records) {
    if (!scope_.covers(listed.enrollment.id)) {
      ++staged.passed_over;
      continue;
    }
    if (listed.state)
      sightings.push_back(
          {std::move(*listed.state), reference(listed.enrollment), listed.enrollment.etag, asked_at});
    staged.listed.push_back(std::move(listed.enrollment));
  }
  auto done = co_await ports_.store.stage(std::move(staged));
  if (!done) co_return failed(done.error());
  auto standing = co_await ports_.store.standing();
  if (!standing) co_return failed(standing.error());
  standing_ = std::move(*standing);
  ++pages_;
  if (page->continuation.empty())
    followed_.clear();
  else
    followed_.insert(std::hash<std::string>()(page->continuation));
  // How long its answer took is no time in which it stood: over a slow line a page takes its time.
  stood_ += beyond_the_pace(began - page_read_at_, ports_.pace.per_minute());
  page_read_at_ = LoopClock::now();
  went_well();
  co_await ports_.whereabouts.take(std::move(sightings));
  const LoopClock::duration worked = LoopClock::now() - answered;
  rests_until_ = LoopClock::now() + std::min<LoopClock::duration>(worked * rest_per_work, longest_rest);
  enter(phase_of(standing_.place));
  co_return Went::well;
}

// What one reading did not have may only have moved meanwhile to a page that was read already: what two of
// them did not have is gone. After a restart it may be three.
Task<Sync::Went> Sync::read_again() {
  auto missing = co_await ports_.store.missing();
  if (!missing) co_return failed(missing.error());
  missing_ = *missing;
  if (missing_ > 0) {
    auto begun = co_await ports_.store.read_again();
    if (!begun) co_return failed(begun.error());
    stood_ = Millis(0);
    first_read_ = standing_.counts.read;
    standing_.place = SyncPlace();
    standing_.counts.read = 0;
    standing_.counts.kept_out = 0;
    reading_begins();
    kept_out_.clear();
    ports_.whereabouts.forget_waiting();  // it says so again
    log::info("records are not in the service's list: it is read once more before they go",
              {{"records", missing_}});
    enter(phase_of(standing_.place));
  }
  was_read_again_ = true;
  co_return Went::well;
}

Task<Sync::Went> Sync::switch_over() {
  const bool stood = stood_too_long();
  if (stood) tell_that_it_stood(standing_.counts.read);
  if (stood) co_return co_await begin_anew();
  if (!was_read_again_) co_return co_await read_again();
  const GroupKeys::Change change(ports_.group_keys);
  const WallTime now = ports_.clock.now().at;
  auto before = co_await ports_.ledger.groups();
  if (!before) co_return failed(before.error());
  auto counts = co_await ports_.store.finish(now);
  // An error does not say that nothing was changed.
  const bool changed = !counts || counts->changed + counts->removed > 0;
  if (changed) ports_.ledger.enrollments_changed();
  const bool not_whole = !counts && counts.error().code == Errc::implausible;
  if (not_whole) {
    (void)failed(counts.error());
    co_return co_await begin_anew();
  }
  if (!counts) co_return failed(counts.error());
  ++runs_;
  forgotten_ = 0;
  missing_ = 0;
  went_well();
  standing_.open = false;
  standing_.completed = now;
  standing_.last = *counts;
  standing_.counts = *counts;
  log::notice("enrollments are as the service's list has them", {{"read", counts->read},
                                                                 {"changed", counts->changed},
                                                                 {"removed", counts->removed},
                                                                 {"kept_out", counts->kept_out}});
  due_.reset();
  if (options_.every != Millis(0)) due_ = LoopClock::now() + options_.every;
  auto left = co_await ports_.store.keyless_count();
  keys_left_ = left ? *left : keys_left_;
  auto groups = co_await ports_.ledger.groups();
  if (groups) plan_groups(**groups);
  if (groups) tell_of_other_cas(**before, **groups);
  odd_keys_.clear();
  keys_again_.reset();
  keys_pause_ = first_keys_pause;
  if (groups_to_read_.empty()) states_forbidden_.clear();
  if (keys_left_ == 0) keys_forbidden_.clear();
  enter(SyncPhase::learning);
  co_return Went::well;
}

void Sync::reading_begins() {
  pages_ = 0;
  followed_.clear();
  reading_from_.at = LoopClock::now();
  reading_from_.read = standing_.counts.read;
}

std::optional<Millis> Sync::reading_ends_in(std::uint64_t of) const {
  const std::uint64_t read = standing_.counts.read;
  if (standing_.place.ended || read <= reading_from_.read || read > of) return std::nullopt;
  const auto spent = std::chrono::duration_cast<Millis>(LoopClock::now() - reading_from_.at);
  const double share = static_cast<double>(of - read) / static_cast<double>(read - reading_from_.read);
  return Millis(static_cast<Millis::rep>(static_cast<double>(spent.count()) * share));
}

// Leaves of a CA that the service has put another one in the place of must not be taken for its own. That it
// is short of one is told for as long as it is (missing_cas); that it was not before, here alone.
void Sync::tell_of_other_cas(const std::vector<Enrollment>& before, const std::vector<Enrollment>& after) {
  std::map<std::string, std::size_t> held;
  for (const Enrollment& group : before) held[group.id] = certificates_of(group);
  std::map<std::string, const Enrollment*> now;
  for (const Enrollment& group : after) now[group.id] = &group;
  for (const MissingCas& one : missing_cas(after))
    if (one.is_short_of_named() && certificates_of(*now.at(one.group)) < held[one.group])
      log::warning(
          "the service names another CA for a group: the certificate of the one before is not "
          "trusted any more",
          {{"enrollment", one.group},
           {"ca", one.missing.front()},
           {"next", "import the certificate of the new one"}});
}

}  // namespace leafgate
