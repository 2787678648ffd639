// Words about what goes on, and what is done about it.
#include "gateway/ctl/declare.hpp"

namespace leafgate::ctl {

void declare_bridges(CLI::App& app, Arguments& given, Verb& verb) {
  CLI::App* token = app.add_subcommand("hub-token", "a short token for the hub of a leaf, for a bridge");
  token->add_option("id", given.hub_token.id, "registrationId")->required()->check(not_empty);
  token->add_option("--for", given.hub_token.life, "how long it lives, like 30m; an hour at most");
  token->callback([&] { verb = [&given](const Session& s) { return make_hub_token(s, given.hub_token); }; });
}

void declare_operations(CLI::App& app, Arguments& given, Verb& verb) {
  app.add_subcommand("strangers", "sources that failed before they proved who they are")->callback([&] {
    verb = show_strangers;
  });
  CLI::App* watching = app.add_subcommand("watch", "what happens, while it happens; ends with q or Ctrl-C");
  watching->add_option("--match", given.devices.match, "part of a registrationId, label, address or reason");
  watching->add_flag("--plain", given.plain, "lines, also on a terminal that can be drawn on");
  watching->callback(
      [&] { verb = [&given](const Session& s) { return watch(s, given.devices.match, given.plain); }; });

  CLI::App* queue = app.add_subcommand("queue", "what the service still has to hear about");
  queue->fallthrough();
  queue->require_subcommand(0, 1);
  queue->callback([&] {
    if (!verb) verb = show_queue;
  });
  queue->add_subcommand("list", "all of it, in order")->callback([&] { verb = show_queue; });
  declare_for_leaf(*queue, given, verb, "retry", "end the waiting of one leaf", retry_queued);
  declare_for_leaf(*queue, given, verb, "drop", "take one leaf out of it", drop_queued);
  declare_for_leaf(app, given, verb, "refresh", "ask the service about a leaf again", refresh);
  declare_for_leaf(app, given, verb, "forget", "forget a leaf's assignment and what waits", forget);

  CLI::App* audit = app.add_subcommand("audit", "who changed what, when and why");
  audit->add_option("--since", given.audit.since, "a span like 7d, or a time");
  audit->add_option("--export", given.audit.file, "write it to a file as JSON; - is standard output");
  audit->callback([&] { verb = [&given](const Session& s) { return show_audit(s, given.audit); }; });
  app.add_subcommand("metrics", "figures in OpenMetrics text")->callback([&] { verb = show_metrics; });
  CLI::App* names = app.add_subcommand("names", "which names the leaves' resolver must lead here");
  names
      ->add_option("--format", given.names.format, "as lines for a resolver: hosts, dnsmasq, unbound or bind")
      ->check(one_of({"hosts", "dnsmasq", "unbound", "bind"}));
  names->add_option("--address", given.names.addresses, "instead of those the daemon listens on");
  names->callback([&] { verb = [&given](const Session& s) { return show_names(s, given.names); }; });
  CLI::App* unit = app.add_subcommand("socket-unit", "the drop-in that lets systemd open the ports");
  unit->add_option("addresses", given.socket_unit.addresses, "instead of those of the configuration");
  unit->add_option("--config", given.socket_unit.config, "instead of /etc/leafgate/leafgate.toml");
  unit->callback(
      [&] { verb = [&given](const Session& s) { return write_socket_unit(s, given.socket_unit); }; });
}

}  // namespace leafgate::ctl
