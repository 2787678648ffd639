// What an operator asks of the forwarder about one leaf.
#include "gateway/crypto/digest.hpp"
#include "gateway/flows/forward.hpp"
#include "gateway/flows/gatekeeper.hpp"
#include "gateway/flows/notes.hpp"
#include "gateway/flows/operation_ids.hpp"
#include "gateway/flows/outages.hpp"

namespace leafgate {

Task<Result<void>> Forwarder::ask_again(RegistrationId id) {
  auto record = co_await ports_.ledger.record(id);
  if (!record) co_return record.error();
  const Registration& known = (*record)->registration;
  std::string enrollment_id;
  std::string credential;
  if (known.assignment) enrollment_id = known.assignment->enrollment_id;
  if (known.assignment) credential = known.assignment->credential;
  auto by = co_await voucher(id, enrollment_id, credential);
  const bool is_kept_out = ports_.gatekeeper != nullptr && ports_.gatekeeper->keeps_out(id.key(), credential);
  if (is_kept_out)
    co_return Error(Errc::refused, "it is denied, rejected, or held because two places prove its id");
  if (OpenOperation* open = operations_.find(id.key())) {
    operations_.raise_to(*open, ForwardClass::waiting_now);
    (void)retry_now(id.key());
    co_return Result<void>();
  }
  if (!known.assignment && !known.outcome)
    co_return Error(Errc::not_found, "it never registered here: nothing is known that could be asked again");
  if (!by) co_return by.error();
  // Asked without it, an allocation rule at the service could move the device.
  if (known.assignment && !known.assignment->request_digest.empty())
    co_return Error(Errc::unsupported,
                    "it registers with a payload, which only the leaf has: forget it, and it is asked about "
                    "when it registers again");
  OutboxRow row(known.id, OperationIds(ports_.trust, ports_.random).fresh());
  row.first_registration = !known.assignment;
  row.credential = known.assignment ? known.assignment->credential
                                    : crypto::hex(crypto::sha256(by->keys.front().key.view()));
  row.enrollment_id = by->enrollment_id;
  row.enrollment_etag = by->etag;
  row.queued_at = ports_.clock.now().at;
  row.reason = Reason::refresh_asked;
  AttemptNote asked = note(Reason::refresh_asked, {});
  asked.step = "refresh";
  add_note((*record)->notes, std::move(asked));
  OpenOperation& open = operations_.open(row);
  if (known.assignment) {  // asked again by its next registration at the latest: needs no row
    operations_.make_ready(open);
    wake();
    co_return Result<void>();
  }
  auto notes = verified_only((*record)->notes);
  co_return co_await commit(std::move(row), std::move(notes));
}

Task<Result<bool>> Forwarder::forget(RegistrationId id) {
  std::optional<OpenOperation> open;
  if (OpenOperation* found = operations_.find(id.key())) open = *found;
  operations_.close(id.key());  // before anything is awaited: no result of it is stored from here on
  ports_.ledger.forget(id.key());
  auto forgotten = co_await ports_.registrations.forget(id.key());
  ports_.ledger.forget(id.key());
  if (!forgotten && open) restore(*open);
  if (!forgotten) co_return forgotten.error();
  if (ports_.outages != nullptr) ports_.outages->taken_back(id.key());
  co_return *forgotten || open.has_value();
}

Task<Result<bool>> Forwarder::drop(RegistrationId id) {
  AttemptNote why = note(Reason::taken_out_of_queue, {});
  why.step = "queue";
  co_return co_await let_go(std::move(id), PromiseEnd(), std::move(why));
}

Task<Result<bool>> Forwarder::drop_as(RegistrationId id, Reason why) {
  const PromiseEnd end{why, ports_.clock.now().at};
  co_return co_await let_go(std::move(id), end, std::nullopt);
}

Task<Result<bool>> Forwarder::let_go(RegistrationId id, PromiseEnd end, std::optional<AttemptNote> why) {
  OpenOperation* found = operations_.find(id.key());
  if (!found) co_return false;
  const OpenOperation open = *found;
  operations_.close(id.key());
  if (!open.durable) why.reset();  // of a refresh the leaf knows nothing
  std::vector<AttemptNote> notes;
  if (why) {
    auto known = co_await ports_.ledger.record(id);
    if (known) notes = (*known)->notes;
    add_note(notes, *why);
  }
  auto written = verified_only(notes);
  auto dropped = co_await ports_.registrations.drop(open.row.operation_id, end, std::move(written));
  if (!dropped) restore(open);
  if (!dropped) co_return dropped.error();
  const bool has_to_hear = end.refused != Reason::none;
  if (ports_.outages != nullptr && !has_to_hear) ports_.outages->taken_back(id.key());
  // The store has taken back what was told ahead on it.
  auto record = ports_.ledger.held(id.key());
  if (record && why) add_note(record->notes, std::move(*why));
  const bool told_ahead =
      record && record->registration.assignment && record->registration.assignment->provisional;
  if (told_ahead) record->registration.assignment.reset();
  co_return true;
}

Task<bool> Forwarder::refuse_denied(RegistrationId id) {
  const OpenOperation* found = operations_.find(id.key());
  if (!found) co_return false;
  const Sent sent(found->row, found->revision, false);
  const auto may = may_go(sent.row);
  const Error why(Errc::untrusted, may ? "it is kept out" : may.error().detail);
  co_return co_await end_here(sent, why);
}

bool Forwarder::retry_now(std::string_view key) {
  OpenOperation* open = operations_.find(key);
  if (!open || open->state != OpenOperation::State::delayed) return false;
  operations_.make_ready(*open);
  wake();
  return true;
}

void Forwarder::go_on_after(Reason reason) {
  for (const auto& [key, operation] : operations_)
    if (operation.waiting_for == reason) (void)retry_now(key);
}

// The store kept the row of what was closed, so it is open still, unless the leaf has come again meanwhile.
void Forwarder::restore(const OpenOperation& operation) {
  if (!operation.durable || operations_.find(operation.row.id.key())) return;
  OpenOperation& open = operations_.open(operation.row);
  open.durable = true;
  operations_.make_ready(open);
  wake();
}

}  // namespace leafgate
