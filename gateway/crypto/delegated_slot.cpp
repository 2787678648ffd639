#include "gateway/crypto/delegated_slot.hpp"

#include <atomic>
#include <utility>

namespace leafgate::crypto {
namespace {

std::atomic<std::size_t> alive{0};

}  // namespace

DelegatedSlot::DelegatedSlot() { ++alive; }
DelegatedSlot::~DelegatedSlot() { --alive; }

std::size_t delegated_slots() { return alive; }

bool DelegatedSlot::ask(SignatureScheme scheme_wanted, ByteView what) {
  asked_again = asked_again || state != State::idle;
  if (asked_again || !schemes.has(scheme_wanted)) return false;
  scheme = scheme_wanted;
  message.assign(what.begin(), what.end());
  state = State::asked;
  return true;
}

void DelegatedSlot::settle(State how) {
  state = how;
  if (const auto tell = std::exchange(on_settled, nullptr)) tell();
}

}  // namespace leafgate::crypto
