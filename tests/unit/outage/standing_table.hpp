#pragma once

#include <array>
#include <utility>

#include "gateway/ports/registrar.hpp"

namespace leafgate {

// What an operator does to a leaf.
enum class Act { nothing, disable, remove, reenable, deny, lift };

// What it hears when it registers then.
enum class Hears { its_hub, assigning, disabled, refused, unavailable, to_go_through };
inline const char* text(Hears hears) {
  constexpr std::array<const char*, 6> words{"its hub", "assigning",   "disabled",
                                             "refused", "unavailable", "to go through"};
  return words.at(static_cast<std::size_t>(hears));
}
inline Hears heard(const Answer& answer) {
  if (answer.elsewhere) return Hears::to_go_through;
  if (answer.status >= 500) return Hears::unavailable;
  if (answer.status >= 400) return Hears::refused;
  if (answer.registration_status == RegistrationStatus::disabled) return Hears::disabled;
  return answer.status == 202 ? Hears::assigning : Hears::its_hub;
}

// What it hears in the end: that it is disabled is the end of its operation, which it asks for.
template <class Poll>
Answer at_its_end(Answer answer, Poll poll) {
  if (answer.status != 202) return answer;
  Answer polled = poll(*answer.operation);
  return polled.registration_status == RegistrationStatus::disabled ? polled : answer;
}

}  // namespace leafgate
