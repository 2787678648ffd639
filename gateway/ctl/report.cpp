// The page of the site as a file, to be handed over.
#include <ostream>

#include "gateway/ctl/verbs.hpp"
#include "gateway/ctl/whole_file.hpp"

namespace leafgate::ctl {

int write_report(const Session& session, const std::string& file) {
  const auto reply = session.daemon.get("/?refresh=no");
  if (!reply || reply->status != 200) return answer_of(session, reply).exit;
  if (file == "-") {
    session.out << reply->body;
    return Exit::yes;
  }
  WholeFile out(file, 0640);  // it names leaves, hubs and addresses
  out.add(reply->body);
  out.name();
  if (!out.trouble().empty()) {
    session.err << "leafgatectl: " << visible(out.trouble()) << "\n";
    return Exit::no;
  }
  session.out << "wrote " << file << ", " << out.written() << " octets: open it with a browser\n";
  return Exit::yes;
}

}  // namespace leafgate::ctl
