// What the answers of the service say about the way to it, and who is sent to find out.
#include <utility>

#include "gateway/flows/forward.hpp"
#include "gateway/flows/gatekeeper.hpp"
#include "gateway/flows/outages.hpp"
#include "gateway/flows/passes.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

// Of a leaf that waits: no SDK is told to stay away that long.
constexpr Millis longest_silence = std::chrono::minutes(3);
// Of stored leaves, at one turn of the lane.
constexpr std::size_t most_searched = 300;
constexpr std::size_t search_page = 30;

}  // namespace

void Forwarder::hear(const Sent& sent, const ServiceVerdict& verdict) {
  heard_at_ = LoopClock::now();
  Lane::Sent said;
  const std::string key = sent.row.id.key();
  said.number = sent.number;
  said.leaf = key;
  said.refused_before = sent.refused_before;
  const bool trouble = verdict.says == ServiceSays::retry || verdict.says == ServiceSays::gateway_fault ||
                       verdict.says == ServiceSays::unconfirmed;
  follow(lane_.heard(verdict, said, moment()), trouble ? verdict.detail : std::string());
}

void Forwarder::relay_heard(const ServiceVerdict& verdict) {
  if (verdict.reached) heard_at_ = LoopClock::now();
  if (verdict.says == ServiceSays::unconfirmed || verdict.says == ServiceSays::refused) return;
  const bool trouble = verdict.says == ServiceSays::retry || verdict.says == ServiceSays::gateway_fault;
  const bool answered = verdict.reached || verdict.reason == Reason::service_answer_implausible;
  if (trouble && answered) return;
  follow(lane_.heard(verdict, Lane::Sent(), moment()), trouble ? verdict.detail : std::string());
  wake();
}

void Forwarder::doubt() {
  constexpr std::chrono::seconds between_doubts(30);
  const TimePoint now = LoopClock::now();
  if (looking_ || !lane_.link().up || now < believed_until_) return;
  believed_until_ = now + between_doubts;
  look();
}

// Where known leaves alone come, all are answered from here and nobody notices that the service has gone. Not
// while something is under way, which will tell, nor while the service has asked to be left in peace. Gives
// when to come back.
TimePoint Forwarder::look_after_silence(TimePoint now) {
  if (in_flight_ > 0 || looking_) return now + options_.look_every;  // an end wakes us
  const TimePoint due = std::max(heard_at_ + options_.look_every, now + pace_.wait(now));
  if (due > now) return due;
  look();
  return now + options_.look_every;
}

void Forwarder::look() {
  if (stopping_) return;
  looking_ = true;
  spawn(loop_, look_at_the_way());
}

// That it is open says nothing new, least of all that nobody is refused any more.
Task<void> Forwarder::look_at_the_way() {
  auto reached = co_await ports_.service.reach();
  looking_ = false;
  heard_at_ = LoopClock::now();
  if (!reached && !stopping_ && lane_.link().up)
    follow(lane_.missed(reason_of_trouble(reached.error()), moment()), reached.error().detail);
  if (reached && ports_.outages != nullptr) ports_.outages->link_is(lane_.link(), true);
  wakeup_.notify();
}

Lane::Moment Forwarder::moment() const {
  Lane::Moment at{LoopClock::now(), ports_.clock.now().at, std::nullopt};
  if (ports_.outages != nullptr) at.away_since = ports_.outages->goes_on_since();
  return at;
}

// What the whole site has to hear of an answer.
void Forwarder::follow(Lane::Turn turn, const std::string& detail) {
  if (!detail.empty()) last_trouble_ = detail;
  switch (turn) {
    case Lane::Turn::none:
      break;
    case Lane::Turn::down:
      away_since_ = LoopClock::now();
      [[fallthrough]];
    case Lane::Turn::renamed:
      log::warning("service not reached", {{"reason", code(lane_.link().reason)}, {"detail", detail}});
      tell(EventKind::link, {}, lane_.link().reason, detail);
      break;
    case Lane::Turn::refusals_over:
      operations_.release_refused();
      [[fallthrough]];
    case Lane::Turn::up:
      operations_.let_lapse(LoopClock::now() - longest_silence);
      log::notice("service reached again", {{"outbox", operations_.size()}});
      tell(EventKind::link, {}, Reason::none, "service reached again");
      break;
  }
  if (lane_.link().up && detail.empty()) last_trouble_.clear();
  if (ports_.passes != nullptr) ports_.passes->service_is(lane_.link().up);
  if (ports_.outages != nullptr) ports_.outages->link_is(lane_.link(), detail.empty());
}

void Forwarder::tell(EventKind kind, std::string registration_id, Reason reason, std::string detail) {
  if (ports_.events == nullptr) return;
  Event event;
  event.at = ports_.clock.now().at;
  event.kind = kind;
  event.registration_id = std::move(registration_id);
  event.reason = reason;
  event.step = "service";
  event.detail = std::move(detail);
  ports_.events->tell(std::move(event));
}

// A refusal is believed when it was heard before, somebody who was sent after that was assigned, and nobody
// else has been refused since.
bool Forwarder::is_its_own(const Sent& sent, const ServiceVerdict& verdict) {
  const OpenOperation* operation = operations_.find(sent.row);
  return verdict.says == ServiceSays::unconfirmed && operation && operation->revision == sent.revision &&
         operation->refused_at && lane_.assigned_after(*operation->refused_at) && lane_.refused() == 0;
}

// Whether the service's answer about it would tell something: it was assigned, has nothing open, and
// registers without a payload: asked without it, a rule at the service could move the device. Who was not
// asked after all, for want of a key, is left out until there are other enrollments.
bool Forwarder::may_ask_about(const Registration& known) {
  if (!known.assignment) return false;
  const std::string& key = known.id.key();
  const std::string& credential = known.assignment->credential;
  const std::uint64_t* unasked = unasked_.peek(key);
  const bool was_unasked = unasked != nullptr && *unasked == ports_.ledger.exchanges();
  return known.assignment->request_digest.empty() &&
         !credential.empty() &&         // learnt by a relay: nothing to ask with
         !known.assignment->tpm_key &&  // only its TPM can ask
         !operations_.find(key) && !was_unasked &&
         (ports_.gatekeeper == nullptr || !ports_.gatekeeper->keeps_out(key, credential));
}

// If nobody is about to be sent anyway, somebody who is known to be good is: it tells whose fault it is.
void Forwarder::ask_in_its_place() {
  if (lane_.link().up && !operations_.best() && !ask_a_known_leaf()) look_for_a_stored_leaf();
}

// Opens a refresh of one that is in memory; false when none is. Who would not be asked after all, and knocks
// on, is always the last one used: it must not take the turn of all others.
bool Forwarder::ask_a_known_leaf() {
  const auto known = ports_.ledger.first_held(
      [this](const Registration& registration) { return may_ask_about(registration); });
  if (!known) return false;
  refresh(known->registration.id, {}, *known->registration.assignment);
  return true;
}

// After a start memory holds none.
void Forwarder::look_for_a_stored_leaf() {
  if (searching_ || stopping_) return;
  searching_ = true;
  spawn(loop_, ask_a_stored_leaf());
}

Task<void> Forwarder::ask_a_stored_leaf() {
  auto found = co_await find_a_stored_leaf();
  searching_ = false;
  found_nobody_ = !found || !*found;
  wakeup_.notify();
}

// Of so many at most: the next search goes on behind them, and begins anew behind the last one.
Task<Result<bool>> Forwarder::find_a_stored_leaf() {
  bool is_last_lap = searched_to_.empty();
  for (std::size_t searched = 0; searched < most_searched && !stopping_; searched += search_page) {
    auto page = co_await ports_.registrations.list(searched_to_, search_page);
    if (!page) co_return page.error();
    for (const RegistrationRecord& record : *page) {
      const RegistrationId& id = record.registration.id;
      searched_to_ = id.key();
      const bool is_in_memory = ports_.ledger.peek(id.key()) != nullptr;  // and was found wanting
      if (is_in_memory || !may_ask_about(record.registration)) continue;
      const Assignment& assignment = *record.registration.assignment;
      if (assignment.ends) continue;  // by a certificate, which only the leaf can show
      auto by = co_await voucher(id, assignment.enrollment_id, assignment.credential);
      if (stopping_) co_return false;
      if (!by) continue;
      auto newest = co_await ports_.ledger.record(id);  // it may have come meanwhile, or been forgotten
      if (!newest) co_return newest.error();
      const Registration& known = (*newest)->registration;
      if (!may_ask_about(known) || known.assignment->ends) continue;
      refresh(id, {}, *known.assignment);
      co_return operations_.find(id.key()) != nullptr;  // there was room for it
    }
    if (page->size() == search_page) continue;
    searched_to_.clear();
    if (std::exchange(is_last_lap, true)) break;
  }
  co_return false;
}

// Somebody must be sent to find out whether everybody is refused, or answered without sense, still: who is
// ready anyway, else a leaf that is known to be good, else one of those.
void Forwarder::make_a_probe_ready() {
  if (searching_ || operations_.best()) return;
  const bool may_ask = lane_.refused() < Lane::most_refused;
  if (may_ask && ask_a_known_leaf()) return;
  if (may_ask && !found_nobody_) look_for_a_stored_leaf();
  if (searching_ || operations_.best()) return;  // it may have come to its end at once
  found_nobody_ = false;
  (void)operations_.release_one_refused();
}

// It no longer holds the place of the one that may be out.
void Forwarder::end_probe(Sent& sent) {
  if (!sent.probe) return;
  sent.probe = false;
  --probes_;
  wakeup_.notify();
}

}  // namespace leafgate
