// The word that was given with what is stored.
#include "gateway/flows/desk.hpp"

namespace leafgate {

Task<Result<ReceiptProof>> Desk::receipt(RegistrationId id) {
  auto here = receipt_here(std::move(id));
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<Result<Checkpoint>> Desk::checkpoint() {
  auto here = checkpoint_here();
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<Result<std::optional<ReceiptProof>>> Desk::find_receipt(RegistrationId id) {
  std::optional<ReceiptProof> none;
  if (ports_.receipts == nullptr) co_return none;
  auto record = co_await ports_.ledger.record(id);
  if (!record) co_return record.error();
  const auto& assignment = (*record)->registration.assignment;
  if (assignment && assignment->receipt != 0) {
    auto earned = co_await ports_.receipts->find(assignment->receipt);
    if (!earned || *earned) co_return earned;
  }
  std::string key = id.key();
  co_return co_await ports_.receipts->newest_of(std::move(key));
}

Task<Result<ReceiptProof>> Desk::receipt_here(RegistrationId id) {
  auto found = co_await find_receipt(std::move(id));
  if (!found) co_return found.error();
  if (!*found) co_return Error(Errc::not_found, "no receipt of this registrationId is kept here");
  co_return std::move(**found);
}

Task<Result<Checkpoint>> Desk::checkpoint_here() {
  const Error none(Errc::not_found, "there is no checkpoint yet");
  if (ports_.receipts == nullptr) co_return none;
  auto newest = co_await ports_.receipts->newest();
  if (!newest) co_return newest.error();
  if (!*newest) co_return none;
  co_return std::move(**newest);
}

}  // namespace leafgate
