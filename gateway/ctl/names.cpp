// What the leaves' resolver must answer, in the words of the resolver.
#include <ostream>

#include "gateway/ctl/verbs.hpp"

namespace leafgate::ctl {
namespace {

bool is_v6(std::string_view address) { return address.find(':') != std::string_view::npos; }

std::string_view record_type(std::string_view address) { return is_v6(address) ? "AAAA" : "A"; }

// One name at one address, as a line.
std::string line(std::string_view format, const std::string& name, const std::string& address) {
  const std::string type(record_type(address));
  if (format == "hosts") return address + " " + name + "\n";
  if (format == "dnsmasq") return "host-record=" + name + "," + address + "\n";
  if (format == "unbound") return "    local-data: \"" + name + ". " + type + " " + address + "\"\n";
  return name + " " + type + " " + address + "\n";
}

// What stands before the lines. hosts(5); dnsmasq(8); unbound.conf(5): local-data makes a transparent zone,
// so that other names of the domain still resolve; BIND 9: the zone of a response-policy.
std::string head(std::string_view format) {
  if (format == "unbound") return "server:\n";
  if (format == "bind")
    return "; zone file of a response-policy: response-policy { zone \"leafgate.rpz\"; };\n"
           "$TTL 300\n@ SOA localhost. root.localhost. ( 1 3600 600 86400 300 )\n@ NS localhost.\n";
  return {};
}

}  // namespace

std::string names_text(const std::vector<std::string>& names, const std::vector<std::string>& addresses,
                       std::string_view format) {
  std::string out = head(format);
  for (const std::string& name : names)
    for (const std::string& address : addresses) out += line(format, name, address);
  return out;
}

int show_names(const Session& session, const NamesQuestion& question) {
  const Answered got = ask(session, "/v1/names");
  if (!got.document) return got.exit;
  if (session.json) {
    session.out << got.body;
    return Exit::yes;
  }
  const auto rows = got.document->root().list("names");
  const auto addresses =
      question.addresses.empty() ? got.document->root().texts("addresses") : question.addresses;
  if (rows.empty()) {
    session.err << "leafgatectl: no name has to lead here but the gateway's own: the leaves' names for the "
                   "service, their hubs and neighbours come with [tunnel] and [[tls.extra]]\n";
    return Exit::no;
  }
  if (addresses.empty()) {
    session.err << "leafgatectl: the gateway listens on loopback alone; name its address: --address\n";
    return Exit::no;
  }
  if (!question.format.empty()) {
    std::vector<std::string> names;
    for (const View& row : rows) names.push_back(cell(row.text("name"), 253));
    session.out << names_text(names, addresses, question.format);
    return Exit::yes;
  }
  const auto name_and_use = [](const View& row) {
    return std::vector<Cell>{{row.text("name")}, {row.text("use")}};
  };
  const Table table({{"NAME", 20, Cut::middle}, {"WHY", 12}}, name_and_use, rows, session.wide);
  session.out << table.head(session.paint);
  for (const View& row : rows) session.out << table.line(row, session.paint);
  std::string at = "The leaves' resolver must lead them to";
  for (const std::string& address : addresses) at += " " + address;
  session.out << paragraph(at + ". For the resolver itself: --format hosts, dnsmasq, unbound or bind.", 0);
  return Exit::yes;
}

}  // namespace leafgate::ctl
