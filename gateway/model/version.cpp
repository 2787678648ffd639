#include "gateway/model/version.hpp"

namespace leafgate {

std::string_view version() { return LEAFGATE_VERSION; }

}  // namespace leafgate
