#include "gateway/flows/open_operations.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <numeric>
#include <utility>

namespace leafgate {
namespace {

std::size_t octets(const RegistrationRequest& request) { return request.payload.size() + request.csr.size(); }

// It stepped back for what may be said to everybody.
bool is_in_doubt(const OpenOperation& operation) {
  return operation.refused_at || operation.waiting_for == Reason::service_answer_implausible;
}

}  // namespace

OpenOperation* OpenOperations::find(std::string_view registration_key) {
  const auto found = operations_.find(std::string(registration_key));
  return found == operations_.end() ? nullptr : &found->second;
}

OpenOperation* OpenOperations::find(const OutboxRow& row) {
  OpenOperation* found = find(row.id.key());
  return found && found->row.operation_id == row.operation_id ? found : nullptr;
}

OpenOperation& OpenOperations::open(OutboxRow row) {
  const std::string key = row.id.key();
  request_octets_ += octets(row.request);
  return operations_.emplace(key, OpenOperation(std::move(row))).first->second;
}

void OpenOperations::close(std::string_view registration_key) {
  const auto found = operations_.find(std::string(registration_key));
  if (found == operations_.end()) return;
  leave_queue(found->second);
  request_octets_ -= octets(found->second.row.request);
  operations_.erase(found);
}

OpenOperations::Rank OpenOperations::rank(const OpenOperation& operation) {
  const OutboxRow& row = operation.row;
  return {row.forward_class, !row.first_registration, row.sequence, row.id.key()};
}

std::size_t OpenOperations::group(const OpenOperation& operation) {
  return static_cast<std::size_t>(operation.row.forward_class) * 2 +
         (operation.row.first_registration ? 0 : 1);
}

void OpenOperations::enter_ready(const OpenOperation& operation) {
  ready_.insert(rank(operation));
  ++ready_of_group_.at(group(operation));
}

void OpenOperations::leave_ready(const OpenOperation& operation) {
  ready_.erase(rank(operation));
  --ready_of_group_.at(group(operation));
}

void OpenOperations::leave_queue(OpenOperation& operation) {
  if (operation.state == OpenOperation::State::ready) leave_ready(operation);
  if (operation.state == OpenOperation::State::delayed)
    delayed_.erase({operation.not_before, operation.row.id.key()});
}

void OpenOperations::make_ready(OpenOperation& operation) {
  leave_queue(operation);
  operation.state = OpenOperation::State::ready;
  operation.unprepared = false;
  enter_ready(operation);
}

void OpenOperations::delay(OpenOperation& operation, TimePoint until) {
  leave_queue(operation);
  operation.state = OpenOperation::State::delayed;
  operation.not_before = until;
  delayed_.emplace(until, operation.row.id.key());
}

void OpenOperations::take(OpenOperation& operation) {
  leave_queue(operation);
  operation.state = OpenOperation::State::in_flight;
}

void OpenOperations::hold(OpenOperation& operation) {
  leave_queue(operation);
  operation.state = OpenOperation::State::writing;
}

void OpenOperations::replace(OpenOperation& operation, const OutboxRow& committed) {
  const bool queued = operation.state == OpenOperation::State::ready;
  if (queued) leave_ready(operation);
  OutboxRow& row = operation.row;  // keeps its id: the queues hold views of it
  const bool by_another_key =
      row.credential != committed.credential || row.enrollment_id != committed.enrollment_id;
  row.sequence = committed.sequence;
  request_octets_ -= octets(row.request);
  row.request = {};
  row.request_digest = committed.request_digest;
  row.credential = committed.credential;
  row.enrollment_id = committed.enrollment_id;
  row.enrollment_etag = committed.enrollment_etag;
  row.reason = committed.reason;
  row.queued_at = committed.queued_at;
  operation.durable = true;
  ++operation.revision;
  if (queued) enter_ready(operation);
  if (by_another_key) absolve(operation);
  if (operation.state == OpenOperation::State::writing) make_ready(operation);
}

// What the service said, it said about another proof: this one need not wait for that. Another payload is no
// other proof, or a leaf that brings a new one each time would be sent each time.
void OpenOperations::absolve(OpenOperation& operation) {
  operation.refused_before = false;
  if (!std::exchange(operation.refused_at, std::nullopt)) return;
  operation.waiting_for = Reason::none;
  operation.trouble.clear();
  if (operation.state == OpenOperation::State::delayed) make_ready(operation);
}

void OpenOperations::raise_to(OpenOperation& operation, ForwardClass forward_class) {
  if (forward_class < operation.row.forward_class) change_class(operation, forward_class);
}

void OpenOperations::change_class(OpenOperation& operation, ForwardClass forward_class) {
  const bool queued = operation.state == OpenOperation::State::ready;
  if (queued) leave_ready(operation);
  operation.row.forward_class = forward_class;
  if (queued) enter_ready(operation);
}

void OpenOperations::heard(OpenOperation& operation, TimePoint now) {
  operation.heard_at = now;
  raise_to(operation, ForwardClass::waiting_now);
}

void OpenOperations::let_lapse(TimePoint not_since) {
  for (auto& [key, operation] : operations_) {
    const bool waits = operation.row.forward_class == ForwardClass::waiting_now;
    if (waits && operation.durable && operation.heard_at < not_since)
      change_class(operation, ForwardClass::backlog);
  }
}

void OpenOperations::release_due(TimePoint now) {
  while (!delayed_.empty() && delayed_.begin()->first <= now) make_ready(*find(delayed_.begin()->second));
}

void OpenOperations::release_refused() {
  for (auto& [key, operation] : operations_) {
    if (!is_in_doubt(operation)) continue;
    operation.refused_at.reset();
    operation.refused_before = true;
    if (operation.state == OpenOperation::State::delayed) make_ready(operation);
  }
}

bool OpenOperations::release_one_refused() {
  for (const auto& [due, key] : delayed_) {
    OpenOperation* operation = find(key);
    // One that cannot be sent tells nothing, and would be chosen again at once, without end.
    if (!is_in_doubt(*operation) || operation->unprepared) continue;
    make_ready(*operation);
    return true;
  }
  return false;
}

OpenOperation* OpenOperations::best() {
  return ready_.empty() ? nullptr : find(std::get<std::string_view>(*ready_.begin()));
}

std::optional<TimePoint> OpenOperations::next_due() const {
  if (delayed_.empty()) return std::nullopt;
  return delayed_.begin()->first;
}

std::size_t OpenOperations::ahead_of(const OpenOperation& operation) const {
  const std::size_t own = group(operation);
  const auto before = ready_of_group_.begin() + static_cast<std::ptrdiff_t>(own);
  const std::size_t others = std::accumulate(ready_of_group_.begin(), before, std::size_t{0});
  const std::size_t of_own = ready_of_group_.at(own);
  if (of_own == 0) return others;
  const OutboxRow& row = operation.row;
  constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
  constexpr auto highest = std::numeric_limits<std::int64_t>::max();
  const auto first = ready_.lower_bound({row.forward_class, !row.first_registration, lowest, {}});
  const auto end = ready_.lower_bound({row.forward_class, !row.first_registration, highest, {}});
  const std::int64_t oldest = std::get<std::int64_t>(*first);
  const std::int64_t newest = std::get<std::int64_t>(*std::prev(end));
  if (row.sequence <= oldest) return others;
  if (row.sequence > newest) return others + of_own;
  const double part = static_cast<double>(row.sequence - oldest) / static_cast<double>(newest - oldest);
  return others + static_cast<std::size_t>(part * static_cast<double>(of_own - 1));
}

std::size_t OpenOperations::durable_count() const {
  return static_cast<std::size_t>(
      std::count_if(begin(), end(), [](const auto& entry) { return entry.second.durable; }));
}

}  // namespace leafgate
