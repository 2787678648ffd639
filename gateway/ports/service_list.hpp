#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/crypto/secret.hpp"
#include "gateway/model/enrollment.hpp"
#include "gateway/model/result.hpp"
#include "gateway/ports/service_directory.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate {

// What every answer of the service's own API has, whatever was asked. With another status than 200 there is
// nothing else in it.
struct ListAnswer {
  int http_status = 0;
  int error_code = 0;
  std::string message;
  std::optional<Seconds> retry_after;   // as the header said; bounded to 15 minutes
  std::optional<WallTime> answered_at;  // as RegistrationState, of a refusal
};

struct ListedEnrollment {
  Enrollment enrollment;                   // without keys
  std::optional<RegistrationState> state;  // of an individual one that was ever registered
};

// A record that is not understood.
struct OddEnrollment {
  std::string id;
  std::string what;             // is wrong with it
  std::optional<bool> enabled;  // absent: not even that is understood
};

// A page of enrollments. A record that is not understood stands by its id among `odd`; `nameless` counts
// those without one.
struct EnrollmentListPage {
  ListAnswer answer;
  std::vector<ListedEnrollment> records;
  std::vector<OddEnrollment> odd;
  std::size_t nameless = 0;
  std::string continuation;  // empty: that was the last page. A page may be empty and not the last
};

struct StateListPage {
  ListAnswer answer;
  std::vector<RegistrationState> states;
  std::size_t odd = 0;  // records that are not understood
  std::string continuation;
};

struct KeysAnswer {
  ListAnswer answer;
  Mechanism mechanism = Mechanism::none;  // of the record now
  crypto::Secret primary;                 // empty: none
  crypto::Secret secondary;
};

// Outward: the lists of the service's own API, by pages, and the keys of single records. Each call counts
// against the quota of the instance and is billed; the caller paces. A continuation goes with the same list
// alone; the service may refuse an old one (400). First loop only. Source: service sheet §1.2, §1.4, §1.5.
//
// HTTP errors are answers, not Errors. Errors: as ServiceDirectory; a page that cannot be read as a whole is
// implausible.
class ServiceList {
 public:
  virtual ~ServiceList() = default;

  virtual Task<Result<EnrollmentListPage>> enrollments(EnrollmentKind kind, std::string continuation) = 0;
  // Of the registrations that came through a group.
  virtual Task<Result<StateListPage>> states(std::string group, std::string continuation) = 0;
  virtual Task<Result<KeysAnswer>> keys(EnrollmentKind kind, std::string id) = 0;
};

}  // namespace leafgate
