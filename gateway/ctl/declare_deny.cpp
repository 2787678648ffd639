// Who is kept out, and who is let in by hand.
#include "gateway/ctl/declare.hpp"

namespace leafgate::ctl {

void declare_deny(CLI::App&, Arguments&, Verb&) {}

}  // namespace leafgate::ctl
