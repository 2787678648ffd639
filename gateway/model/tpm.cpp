#include "gateway/model/tpm.hpp"

namespace leafgate {

std::string_view to_text(TpmState state) {
  switch (state) {
    case TpmState::off:
      return "off";
    case TpmState::absent:
      return "absent";
    case TpmState::ready:
      return "ready";
    case TpmState::lost:
      return "lost";
    case TpmState::restarted:
      return "restarted";
    case TpmState::locked:
      return "locked";
    case TpmState::failed:
      return "failed";
    case TpmState::foreign:
      return "foreign";
  }
  return "off";
}

}  // namespace leafgate
