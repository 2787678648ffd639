// What an outage will mean, and what one came to.
#include <memory>

#include "gateway/ctl/declare.hpp"
#include "gateway/ctl/outage_verbs.hpp"

namespace leafgate::ctl {

void declare_outage(CLI::App& app, Arguments&, Verb& verb) {
  CLI::App* what_if = app.add_subcommand("what-if", "who would be answered in an outage, and for how long");
  what_if->require_subcommand(1);
  what_if->fallthrough();
  CLI::App* offline = what_if->add_subcommand("offline", "if the uplink went now, or stays down");
  const auto asked = std::make_shared<WhatIfAsked>();
  offline->add_option("--for", asked->span, "for so long, like 21d");
  offline->add_option("--leaf", asked->leaf, "for this registrationId alone");
  offline->callback([asked, &verb] { verb = [asked](const Session& s) { return show_what_if(s, *asked); }; });

  CLI::App* outcomes = app.add_subcommand("outcomes", "what was promised in an outage, and what came of it");
  outcomes->require_subcommand(0, 1);
  outcomes->fallthrough();
  const auto wanted = std::make_shared<OutcomesAsked>();
  const auto takes_state = [&wanted](CLI::App& app_of) {
    app_of
        .add_option("--state", wanted->state,
                    "queued, provisional, needs-the-leaf, confirmed, re-homed,\nrefused or conflict")
        ->check(one_of(
            {"queued", "provisional", "needs-the-leaf", "confirmed", "re-homed", "refused", "conflict"}));
  };
  takes_state(*outcomes);
  outcomes->add_option("--export", wanted->file, "write them to a file as CSV; - is standard output");
  outcomes->callback([wanted, &verb] {
    if (!verb) verb = [wanted](const Session& s) { return show_outcomes(s, *wanted); };
  });
  CLI::App* clear =
      outcomes->add_subcommand("clear", "remove what is settled; with --state, all of that state");
  takes_state(*clear);
  clear->callback(
      [wanted, &verb] { verb = [wanted](const Session& s) { return clear_outcomes(s, wanted->state); }; });
}

}  // namespace leafgate::ctl
