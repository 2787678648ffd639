#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/wire/json_text.hpp"
#include "adapters/wire/service_state.hpp"
#include "gateway/crypto/secret.hpp"
#include "gateway/model/enrollment.hpp"
#include "gateway/model/result.hpp"

// Pages of the service's lists, as its API gives them (service sheet §1.4, §2). Pure; any thread. A page of
// 1,000 records takes its time: read it by offload, never on a loop. `goes_on` is asked with each record.
namespace leafgate::wire {

// A page is bounded to this; each of its records to 96 KiB.
inline constexpr std::size_t largest_page = 32 * 1024 * 1024;
inline constexpr std::size_t most_records = 10'000;

// Of an enrollment: without keys, which the list never shows, and without its registrationState.
struct ListedRecord {
  Enrollment enrollment;
  std::optional<StateReply> state;  // of an individual one that was ever registered, if it is understood
};

// A record that is not understood.
struct OddRecord {
  std::string id;    // as Enrollment::id; empty: not even that
  std::string what;  // for the engineer
  // Whether it is, where that much is understood.
  std::optional<bool> enabled = std::nullopt;
};

struct EnrollmentPage {
  std::vector<ListedRecord> records;  // each id once
  std::vector<OddRecord> odd;         // likewise
};
// Errors: malformed, too_large: the page as a whole cannot be read, and nothing may be concluded from it;
// stopped.
Result<EnrollmentPage> read_enrollment_page(std::string_view text, EnrollmentKind kind,
                                            const json::GoesOn& goes_on = {});

struct StatePage {
  std::vector<StateReply> states;
  std::size_t odd = 0;
};
// Errors: likewise.
Result<StatePage> read_state_page(std::string_view text, const json::GoesOn& goes_on = {});

// What an attestationmechanism says. Keys are of 16 to 64 octets; empty: it has none.
struct MechanismReply {
  Mechanism mechanism = Mechanism::none;
  crypto::Secret primary_key;
  crypto::Secret secondary_key;
};
// Errors: malformed; the detail never tells a key.
Result<MechanismReply> read_mechanism(std::string_view text);

}  // namespace leafgate::wire
