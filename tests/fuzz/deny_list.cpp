#include "adapters/wire/deny_list.hpp"

#include <cstdlib>

using namespace leafgate;

// Whatever reads as a deny list is within its bounds, and says the same when it is written and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text(ByteView(data, size));
  if (const auto list = wire::read_deny_payload(text)) {
    if (list->entries.size() > DenyList::most_entries || list->number < 1) std::abort();
    const auto again = wire::read_deny_payload(wire::write_deny_payload(*list));
    if (!again || !(*again == *list)) std::abort();
  }
  if (const auto file = wire::read_deny_list(text)) {
    const auto again =
        wire::read_deny_list(wire::write_deny_list(file->payload, file->algorithm, file->signature));
    if (!again || again->payload != file->payload || !(again->list == file->list)) std::abort();
  }
  if (const auto entry = wire::read_denial(text)) {
    if (!make_denial(entry->kind, entry->value)) std::abort();
  }
  return 0;
}
