#include "gateway/flows/findings.hpp"

#include "gateway/flows/notes.hpp"
#include "gateway/flows/outages.hpp"
#include "gateway/flows/passes.hpp"
#include "gateway/flows/receipts.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

// Anybody can come by with the id of a leaf that proved itself here, and have it looked up: to find it where
// it was put confirms that, and must not make the gateway forget what the leaf showed.
void keep_what_was_earned(const std::optional<Assignment>& known, Assignment& told) {
  const bool same_place = known && told.enrollment_id.empty() && known->assigned_hub == told.assigned_hub &&
                          known->device_id == told.device_id;
  if (!same_place) return;
  // Each registration of a TPM rolls its key for the hub: of another one than this the key is not known.
  if (known->etag == told.etag) {
    told.tpm_key = known->tpm_key;
    told.tpm_storage = known->tpm_storage;
  }
  told.credential = known->credential;
  told.request_digest = known->request_digest;
  told.enrollment_id = known->enrollment_id;
  told.enrollment_etag = known->enrollment_etag;
  told.receipt = known->receipt;
}

}  // namespace

Task<void> Findings::assigned(RegistrationId id, Assignment assignment, Reason reason) {
  if (ports_.passes != nullptr) ports_.passes->hand_out(assignment.assigned_hub);
  auto record = co_await ports_.ledger.record(id);
  if (!record) co_return;
  Registration registration = (*record)->registration;
  AttemptNote note;
  note.reason = reason;
  note.detail = assignment.assigned_hub;
  const bool out_of_sight = assignment.credential.empty();
  if (ports_.passes != nullptr && out_of_sight && assignment.enrollment_id.empty())
    if (const auto by = ports_.passes->vouched(id.key())) {
      assignment.enrollment_id = by->enrollment_id;
      assignment.enrollment_etag = by->enrollment_etag;
      assignment.ends = by->ends;
    }
  // Wherever it is put, it shows what it has shown.
  if (!assignment.ends && registration.assignment) assignment.ends = registration.assignment->ends;
  if (out_of_sight) keep_what_was_earned(registration.assignment, assignment);
  const Ruling ruling = ruling_of(registration.assignment, assignment);
  registration.assignment = std::move(assignment);
  registration.outcome.reset();
  co_await settle(std::move(registration), std::move(note), ruling);
}

Task<void> Findings::came(RegistrationId id, AttemptNote note) {
  note.at = ports_.clock.now().at;
  auto record = co_await ports_.ledger.record(std::move(id));
  if (!record) co_return;
  std::erase_if((*record)->notes, [&note](const AttemptNote& told) {  // while nobody vouched for it
    return told.unverified && told.reason == note.reason && told.source == note.source;
  });
  add_note((*record)->notes, std::move(note));
}

Task<void> Findings::passed(RegistrationId id, std::string address, std::string server_name) {
  auto record = co_await ports_.ledger.record(id);
  if (!record) co_return;
  AttemptNote note;
  note.at = ports_.clock.now().at;
  note.reason = Reason::passed_through;
  note.step = "tunnel";
  note.source = std::move(address);
  note.detail = "the service answered it as " + server_name;
  note.unverified = true;
  add_note((*record)->notes, std::move(note));
  if (ports_.outages != nullptr) co_await ports_.outages->passed(id.key());
}

Task<void> Findings::withdrawn(RegistrationId id, Reason reason) {
  auto record = co_await ports_.ledger.record(id);
  if (!record || !(*record)->registration.assignment) co_return;
  Registration registration = (*record)->registration;
  registration.assignment.reset();
  AttemptNote note;
  note.reason = reason;
  co_await settle(std::move(registration), std::move(note), Ruling::withdrawn);
}

Task<void> Findings::settle(Registration registration, AttemptNote note, Ruling ruling) {
  const WallReading now = ports_.clock.now();
  note.at = now.at;
  note.step = "service";
  note.source = "gateway";
  const RegistrationId id = registration.id;
  auto record = co_await ports_.ledger.record(id);
  if (!record) co_return;
  std::vector<AttemptNote> notes = verified_only((*record)->notes);
  add_note(notes, note);
  const OperationId operation = operation_ids_.of_unwritten(id.key());  // of no outbox row
  const std::optional<Receipt> receipt = receipt_of(ruling, note.reason, now, {});
  auto stored = co_await ports_.registrations.settle(registration, operation, std::move(notes), receipt);
  if (!stored) {
    log::warning("what was found out of a leaf was not stored",
                 {{"registration_id", id.text()}, {"detail", stored.error().detail}});
    co_return;
  }
  take_receipt(registration.assignment, *receipt, *stored);
  (*record)->registration = registration;
  add_note((*record)->notes, note);
}

}  // namespace leafgate
