#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "gateway/model/enrollment.hpp"
#include "gateway/model/reason.hpp"

namespace leafgate {

// Which enrollments decide over a registrationId, and what is in the way of judging by them.
struct Match {
  // Point into what was handed in, in the order in which they are asked. Disabled ones are among them: they
  // refuse, and must not be skipped for one that would accept.
  std::vector<const Enrollment*> enrollments;
  // none, or why no key of theirs can judge: unknown_enrollment (there are none), mechanism_mismatch (the
  // individual one wants another kind of credential), enrollment_without_key.
  Reason reason = Reason::none;
};

// The DPS order of decision for a symmetric-key proof: the individual enrollment of the id alone, whatever
// its type and even if disabled; without one, every symmetric-key group whose `match` admits the id, because
// the request names none. Source: DPS concepts-x509-attestation, how-to-unprovision-devices (service sheet
// §3.2). `registration_key` is in lower case.
[[nodiscard]] Match match_symmetric(const std::optional<Enrollment>& individual,
                                    std::span<const Enrollment> groups, std::string_view registration_key);

}  // namespace leafgate
