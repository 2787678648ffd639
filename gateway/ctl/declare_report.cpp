// The page of the site.
#include "gateway/ctl/declare.hpp"

namespace leafgate::ctl {

void declare_report(CLI::App&, Arguments&, Verb&) {}

}  // namespace leafgate::ctl
