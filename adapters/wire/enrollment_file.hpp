#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/model/enrollment.hpp"
#include "gateway/model/result.hpp"
#include "gateway/model/time.hpp"

// Enrollments that come from outside: files an operator carries in, and what the service API returns. Pure;
// any thread. A large file takes its time: read it by offload, never on a loop.
namespace leafgate::wire {

// An enrollment as read. Its keys are not sealed yet: enrollment.primary_key and .secondary_key are absent,
// and the record has lost them.
struct ImportedEnrollment {
  Enrollment enrollment;
  std::string primary_key;    // base64 of 16 to 64 octets, checked; empty when absent. A secret
  std::string secondary_key;  // likewise
  // When the first of its certificates ends; only from files of certificates, which must not have ended yet.
  std::optional<WallTime> ends;
};

// What is wrong with a file, in its order. All of it is found in one run; the first 50 are kept.
class Mistakes {
 public:
  static constexpr std::size_t most = 50;
  void add(std::string text);
  [[nodiscard]] const std::vector<std::string>& first() const { return first_; }
  [[nodiscard]] std::size_t count() const { return count_; }

 private:
  std::vector<std::string> first_;
  std::size_t count_ = 0;
};

struct EnrollmentFile {
  std::vector<ImportedEnrollment> enrollments;  // the good ones, in their order
  Mistakes mistakes;  // `row 7 (registrationId "x"): primaryKey: ...`; never tells a key
};

// Reads a file of up to 64 MiB and 125,000 enrollments, of which each takes some 2 KiB of memory, whatever
// its size in the file, in whichever form it has:
// * DPS JSON: one individualEnrollment or enrollmentGroup, an array of them, or an object that holds such
//   arrays as `enrollments`, `enrollmentGroups` or `value`. Rows count from 1.
// * CSV (RFC 4180, comma or semicolon) with a header. Columns: registrationId or enrollmentGroupId,
//   attestation (symmetricKey, also when empty), primaryKey, secondaryKey, provisioningStatus, deviceId,
//   etag, match (patterns with spaces between), bridge and provisional (true or false), iotHubHostName,
//   offlineMaxAge ("30d"). Rows count as in a spreadsheet: the header is row 1.
// A group may carry {"leafgate": {"match": [...]}}: which registrationIds it serves, exact or ending in '*';
// any record {"leafgate": {"handout": {"gateway_host_name": "gw.site"}}}: Enrollment::gateway_host_name;
// one of symmetricKey {"leafgate": {"bridge": true}}: Enrollment::bridge; any {"leafgate":
// {"offline_max_age": "90d"}}; one of symmetricKey with a single hub {"leafgate": {"provisional": true}}.
// x509: see enrollment_x509.hpp. Files of certificates: certificate_enrollments.hpp.
// Without an etag a digest of the record and its keys takes its place. An empty file is a mistake.
[[nodiscard]] EnrollmentFile read_enrollment_file(std::string_view text);

// One record of the service API (DPS JSON). Errors: malformed, too_large (96 KiB); all mistakes in the
// detail.
Result<ImportedEnrollment> read_enrollment_record(std::string_view text);

}  // namespace leafgate::wire
