// Verbs that pass a text through: metrics, and the drop-in for systemd.
#include <ostream>

#include "gateway/ctl/verbs.hpp"
#include "gateway/net/listening.hpp"
#include "gateway/net/socket_unit.hpp"

namespace leafgate::ctl {

int show_metrics(const Session& session) {
  const auto reply = session.daemon.get("/metrics");
  if (!reply || reply->status != 200) return answer_of(session, reply).exit;
  session.out << reply->body;
  return Exit::yes;
}

// Without addresses it is the daemon's program that reads the configuration: a daemon that may not bind its
// port does not run, and one that runs listens as it was configured before.
int write_socket_unit(const Session& session, const SocketUnitQuestion& question) {
  if (question.addresses.empty()) {
    std::vector<std::string> given{"--socket-unit"};
    if (!question.config.empty()) given.insert(given.end(), {"--config", question.config});
    return become_daemon(session, std::move(given));
  }
  for (const std::string& address : question.addresses) {
    const auto parsed = net::parse_listen_address(address);
    if (parsed && parsed->port != 0) continue;
    session.err << "leafgatectl: "
                << visible(parsed ? address + ": port 0 is no port" : parsed.error().detail) << "\n";
    return Exit::usage;
  }
  session.out << net::socket_drop_in(question.addresses);
  return Exit::yes;
}

}  // namespace leafgate::ctl
