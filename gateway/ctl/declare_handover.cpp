// What a site is handed over with.
#include "gateway/ctl/declare.hpp"

namespace leafgate::ctl {

void declare_handover(CLI::App&, Arguments&, Verb&) {}

}  // namespace leafgate::ctl
