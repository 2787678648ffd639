#include "adapters/wire/service_list.hpp"

#include <cstdlib>
#include <functional>
#include <set>

#include "adapters/wire/enrollment_file.hpp"
#include "gateway/model/bytes.hpp"

using namespace leafgate;
using namespace leafgate::wire;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void try_page(std::string_view text, EnrollmentKind kind) {
  const auto page = read_enrollment_page(text, kind);
  if (!page) return require(page.error().code == Errc::malformed || page.error().code == Errc::too_large);
  std::set<std::string> ids;
  for (const ListedRecord& one : page->records) {
    const Enrollment& e = one.enrollment;
    require(e.kind == kind && !e.id.empty() && !e.etag.empty() && ids.insert(e.id).second);
    require(!e.primary_key && !e.secondary_key && e.match.empty() && !e.bridge);
    require(e.record.find("\"primaryKey\"") == std::string::npos || e.mechanism != Mechanism::symmetric_key ||
            read_enrollment_record(e.record).has_value());
    if (one.state) require(one.state->reply.status.has_value());
  }
  for (const OddRecord& one : page->odd) require(one.id.empty() || ids.insert(one.id).second);
}

}  // namespace

// One of the readers by the input's own octets.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  switch (std::hash<std::string_view>()(text) % 4) {
    case 0:
      if (const auto page = read_state_page(text))
        for (const StateReply& one : page->states) require(!one.reply.registration_id.empty());
      break;
    case 1:
      if (const auto read = read_mechanism(text))
        for (const auto* key : {&read->primary_key, &read->secondary_key})
          require(key->empty() || (key->size() >= 16 && key->size() <= 64));
      break;
    case 2:
      try_page(text, EnrollmentKind::group);
      break;
    default:
      try_page(text, EnrollmentKind::individual);
      break;
  }
  return 0;
}
