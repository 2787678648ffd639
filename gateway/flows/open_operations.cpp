#include "gateway/flows/open_operations.hpp"

#include <algorithm>

namespace leafgate {
namespace {

std::size_t octets(const RegistrationRequest& request) { return request.payload.size() + request.csr.size(); }

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

void OpenOperations::leave_queue(OpenOperation& operation) {
  if (operation.state == OpenOperation::State::ready) ready_.erase(rank(operation));
  if (operation.state == OpenOperation::State::delayed)
    delayed_.erase({operation.not_before, operation.row.id.key()});
}

void OpenOperations::make_ready(OpenOperation& operation) {
  leave_queue(operation);
  operation.state = OpenOperation::State::ready;
  ready_.insert(rank(operation));
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
  if (queued) ready_.erase(rank(operation));
  OutboxRow& row = operation.row;  // keeps its id: the queues hold views of it
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
  operation.refused_at.reset();  // that was said about another request
  ++operation.revision;
  if (queued) ready_.insert(rank(operation));
  if (operation.state == OpenOperation::State::writing) make_ready(operation);
}

void OpenOperations::raise_to(OpenOperation& operation, ForwardClass forward_class) {
  if (forward_class >= operation.row.forward_class) return;
  const bool queued = operation.state == OpenOperation::State::ready;
  if (queued) ready_.erase(rank(operation));
  operation.row.forward_class = forward_class;
  if (queued) ready_.insert(rank(operation));
}

void OpenOperations::release_due(TimePoint now) {
  while (!delayed_.empty() && delayed_.begin()->first <= now) make_ready(*find(delayed_.begin()->second));
}

void OpenOperations::release_refused() {
  for (auto& [key, operation] : operations_) {
    if (!operation.refused_at) continue;
    operation.refused_at.reset();
    operation.refused_before = true;
    if (operation.state == OpenOperation::State::delayed) make_ready(operation);
  }
}

bool OpenOperations::release_one_refused() {
  for (const auto& [due, key] : delayed_) {
    OpenOperation* operation = find(key);
    if (!operation->refused_at) continue;
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

std::size_t OpenOperations::durable_count() const {
  return static_cast<std::size_t>(
      std::count_if(begin(), end(), [](const auto& entry) { return entry.second.durable; }));
}

}  // namespace leafgate
