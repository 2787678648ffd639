#include "gateway/flows/findings.hpp"

#include "gateway/flows/notes.hpp"
#include "gateway/flows/passes.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {

Task<void> Findings::assigned(RegistrationId id, Assignment assignment, Reason reason) {
  if (ports_.passes != nullptr) ports_.passes->hand_out(assignment.assigned_hub);
  auto record = co_await ports_.ledger.record(id);
  if (!record) co_return;
  Registration registration = (*record)->registration;
  AttemptNote note;
  note.reason = reason;
  note.detail = assignment.assigned_hub;
  registration.assignment = std::move(assignment);
  registration.outcome.reset();
  co_await settle(std::move(registration), std::move(note));
}

Task<void> Findings::withdrawn(RegistrationId id, Reason reason) {
  auto record = co_await ports_.ledger.record(id);
  if (!record || !(*record)->registration.assignment) co_return;
  Registration registration = (*record)->registration;
  registration.assignment.reset();
  AttemptNote note;
  note.reason = reason;
  co_await settle(std::move(registration), std::move(note));
}

Task<void> Findings::settle(Registration registration, AttemptNote note) {
  note.at = ports_.clock.now().at;
  note.step = "service";
  note.source = "gateway";
  const RegistrationId id = registration.id;
  auto record = co_await ports_.ledger.record(id);
  if (!record) co_return;
  std::vector<AttemptNote> notes = verified_only((*record)->notes);
  add_note(notes, note);
  const OperationId operation = operation_ids_.of_unwritten(id.key());  // of no outbox row
  auto stored = co_await ports_.registrations.settle(registration, operation, std::move(notes));
  if (!stored) {
    log::warning("what was found out of a leaf was not stored",
                 {{"registration_id", id.text()}, {"detail", stored.error().detail}});
    co_return;
  }
  (*record)->registration = registration;
  add_note((*record)->notes, note);
}

}  // namespace leafgate
