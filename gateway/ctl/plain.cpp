// Verbs that pass a text through: metrics, and the drop-in for systemd.
#include <ostream>

#include "gateway/ctl/verbs.hpp"
#include "gateway/net/socket_unit.hpp"

namespace leafgate::ctl {

int show_metrics(const Session& session) {
  const auto reply = session.daemon.get("/metrics");
  if (!reply || reply->status != 200) return answer_of(session, reply).exit;
  session.out << reply->body;
  return Exit::yes;
}

// The addresses are those the daemon listens on ("mqtt 0.0.0.0:8883"), or those given: a daemon that may not
// bind its port cannot be asked.
int write_socket_unit(const Session& session, const std::vector<std::string>& addresses) {
  std::vector<std::string> listening = addresses;
  if (listening.empty()) {
    const Answered got = ask(session, "/v1/status");
    if (!got.document) {
      session.err << "leafgatectl: or name the addresses: leafgatectl socket-unit 0.0.0.0:443 ...\n";
      return got.exit;
    }
    for (const std::string& line : got.document->root().texts("listening"))
      listening.push_back(line.substr(line.find(' ') + 1));
  }
  if (listening.empty()) {
    session.err << "leafgatectl: the daemon listens nowhere\n";
    return Exit::no;
  }
  session.out << net::socket_drop_in(listening);
  return Exit::yes;
}

}  // namespace leafgate::ctl
