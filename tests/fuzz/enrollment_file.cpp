#include "adapters/wire/enrollment_file.hpp"

#include <algorithm>
#include <cstdlib>

#include "gateway/crypto/base64.hpp"
#include "gateway/model/bytes.hpp"

using namespace leafgate;
using namespace leafgate::wire;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void check_key(const std::string& key) {
  if (key.empty()) return;
  const auto octets = crypto::base64::decode(key);
  require(octets && octets->size() >= 16 && octets->size() <= 64);
}

// A record that was read holds no keys and is read as the same enrollment again.
void check(const ImportedEnrollment& one) {
  require(!one.enrollment.primary_key && !one.enrollment.secondary_key && !one.enrollment.etag.empty());
  check_key(one.primary_key);
  check_key(one.secondary_key);
  const auto back = read_enrollment_record(one.enrollment.record);
  require(back && back->primary_key.empty() && back->secondary_key.empty());
  require(back->enrollment.record == one.enrollment.record && back->enrollment.id == one.enrollment.id &&
          back->enrollment.kind == one.enrollment.kind && back->enrollment.match == one.enrollment.match &&
          back->enrollment.enabled == one.enrollment.enabled &&
          back->enrollment.mechanism == one.enrollment.mechanism &&
          back->enrollment.gateway_host_name == one.enrollment.gateway_host_name &&
          back->enrollment.bridge == one.enrollment.bridge);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const EnrollmentFile file = read_enrollment_file(as_text({data, size}));
  require(file.mistakes.first().size() == std::min(file.mistakes.count(), Mistakes::most));
  require(!file.enrollments.empty() || file.mistakes.count() > 0);
  // One of them, another each time: they are alike.
  if (!file.enrollments.empty()) check(file.enrollments[size % file.enrollments.size()]);
  return 0;
}
