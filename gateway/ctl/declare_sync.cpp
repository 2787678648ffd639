// The service's list of enrollments.
#include "gateway/ctl/declare.hpp"

namespace leafgate::ctl {

void declare_sync(CLI::App& app, Arguments&, Verb& verb) {
  CLI::App* sync = app.add_subcommand("sync", "take in the service's list of enrollments now");
  sync->fallthrough();
  sync->require_subcommand(0, 1);
  sync->callback([&] {
    if (!verb) verb = sync_now;
  });
  sync->add_subcommand("status", "how far it is taken in")->callback([&] { verb = show_sync; });
}

}  // namespace leafgate::ctl
