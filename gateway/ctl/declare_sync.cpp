// The service's list of enrollments.
#include "gateway/ctl/declare.hpp"

namespace leafgate::ctl {

void declare_sync(CLI::App&, Arguments&, Verb&) {}

}  // namespace leafgate::ctl
