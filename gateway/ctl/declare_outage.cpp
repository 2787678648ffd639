// What an outage will mean, and what one came to.
#include "gateway/ctl/declare.hpp"

namespace leafgate::ctl {

void declare_outage(CLI::App&, Arguments&, Verb&) {}

}  // namespace leafgate::ctl
