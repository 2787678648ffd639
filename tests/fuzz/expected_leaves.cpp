#include "adapters/wire/expected_leaves.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "adapters/wire/json_text.hpp"
#include "gateway/model/bytes.hpp"
#include "gateway/model/ids.hpp"

using namespace leafgate;
using namespace leafgate::wire;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

// What was taken is within its bounds, can be shown, and is read as the same again.
void check(const ExpectedLeaf& leaf) {
  require(RegistrationId::parse(leaf.registration_id).has_value());
  require(leaf.label.size() <= expected_label_limit && leaf.note.size() <= expected_note_limit);
  require(leaf.place.empty() || SitePlace::parse(leaf.place).has_value());
  json::ObjectWriter row;
  row.text("registrationId", leaf.registration_id).text("label", leaf.label).text("place", leaf.place);
  row.text("line", leaf.line).text("note", leaf.note);
  const ExpectedLeaves again = read_expected_leaves("[" + row.str() + "]");
  require(again.mistakes.count() == 0 && again.leaves.size() == 1 && again.leaves.front() == leaf);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ExpectedLeaves list = read_expected_leaves(as_text({data, size}));
  require(list.mistakes.first().size() == std::min(list.mistakes.count(), Mistakes::most));
  require(!list.leaves.empty() || list.mistakes.count() > 0);
  std::set<std::string> keys;
  for (const ExpectedLeaf& leaf : list.leaves) require(keys.insert(ascii_lower(leaf.registration_id)).second);
  // One of them, another each time: they are alike.
  if (!list.leaves.empty()) check(list.leaves[size % list.leaves.size()]);
  return 0;
}
