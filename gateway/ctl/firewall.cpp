// What must be open, for the person who keeps the firewall; and who holds the ports the gateway wants.
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <ostream>
#include <set>

#include <boost/asio/ip/address.hpp>

#include "gateway/ctl/handover.hpp"
#include "gateway/ctl/text_file.hpp"

namespace leafgate::ctl {
namespace {

constexpr unsigned listening = 0x0A;  // TCP_LISTEN, include/net/tcp_states.h
constexpr int usual_mqtt = 8883;
constexpr int usual_https = 443;

std::vector<std::string_view> words(std::string_view line) {
  std::vector<std::string_view> out;
  while (true) {
    const std::size_t begin = line.find_first_not_of(' ');
    if (begin == std::string_view::npos) return out;
    line.remove_prefix(begin);
    out.push_back(line.substr(0, line.find(' ')));
    line.remove_prefix(out.back().size());
  }
}

template <class T>
bool number(std::string_view text, int base, T& out) {
  const auto end = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return !text.empty() && end.ec == std::errc() && end.ptr == text.data() + text.size();
}

// Words of 32 bits, each in the order of this machine.
std::string address_text(std::string_view hex) {
  std::vector<std::uint8_t> octets;
  for (std::size_t at = 0; at + 8 <= hex.size(); at += 8) {
    std::uint32_t part = 0;
    if (!number(hex.substr(at, 8), 16, part)) return {};
    for (unsigned i = 0; i < 4; ++i) octets.push_back(static_cast<std::uint8_t>(part >> (8 * i)));
  }
  using namespace boost::asio::ip;
  if (octets.size() == 4) {
    address_v4::bytes_type bytes{};
    std::copy(octets.begin(), octets.end(), bytes.begin());
    return address_v4(bytes).to_string();
  }
  if (octets.size() != 16) return {};
  address_v6::bytes_type bytes{};
  std::copy(octets.begin(), octets.end(), bytes.begin());
  return "[" + address_v6(bytes).to_string() + "]";
}

// Which process has which socket open, as far as this user may see.
std::map<std::uint64_t, std::string> processes_by_socket(const std::set<std::uint64_t>& wanted) {
  std::map<std::uint64_t, std::string> out;
  std::error_code failed;
  for (const auto& process : std::filesystem::directory_iterator("/proc", failed)) {
    const std::string pid = process.path().filename().string();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    std::error_code ignored;
    for (const auto& open : std::filesystem::directory_iterator(process.path() / "fd", ignored)) {
      const std::string target = std::filesystem::read_symlink(open.path(), ignored).string();
      std::uint64_t inode = 0;
      if (!target.starts_with("socket:[") || !number(target.substr(8, target.size() - 9), 10, inode))
        continue;
      if (!wanted.contains(inode)) continue;
      std::string name = read_text((process.path() / "comm").string()).value_or("?");
      name.erase(std::find(name.begin(), name.end(), '\n'), name.end());
      out.emplace(inode, name + " (" + pid + ")");
    }
  }
  return out;
}

std::vector<PortHolder> holders_of(const std::set<int>& ports) {
  std::vector<PortHolder> out;
  std::set<std::uint64_t> inodes;
  for (const char* file : {"/proc/net/tcp", "/proc/net/tcp6"})
    for (PortHolder& holder : listeners_in(read_text(file).value_or(""))) {
      if (!ports.contains(holder.port)) continue;
      inodes.insert(holder.inode);
      out.push_back(std::move(holder));
    }
  const auto processes = processes_by_socket(inodes);
  for (PortHolder& holder : out)
    if (const auto found = processes.find(holder.inode); found != processes.end())
      holder.process = found->second;
  return out;
}

// "mqtt 0.0.0.0:8883": its port.
int port_of(const std::string& text) {
  int port = 0;
  return number(std::string_view(text).substr(text.rfind(':') + 1), 10, port) ? port : 0;
}

// What comes by the tunnel goes out at the port it came in by.
std::string tunnel_ports(const View& status) {
  std::set<int> ports;
  for (const std::string& text : status.texts("listening"))
    if (text.starts_with("tunnel ")) ports.insert(port_of(text));
  std::string out;
  for (const int port : ports) out += (out.empty() ? "" : ", ") + std::to_string(port);
  return out;
}

void tell_ports(const Session& session, const View& status) {
  session.out << session.paint.bold("Inward, from the leaves' network (TCP)") << "\n";
  for (const std::string& text : status.texts("listening"))
    if (!text.starts_with("metrics ")) session.out << "  " << cell(text, 76) << "\n";
  session.out << session.paint.bold("Outward, from this gateway (TCP)") << "\n";
  session.out << "  " << padded(status.at("service").text("address"), 48) << " the provisioning service\n";
  const Answered config = ask(session, "/v1/config");
  const View settings = config.document ? config.document->root().at("settings") : View(nullptr);
  const auto text = [&settings](const char* key) { return settings.text(key); };
  if (!text("service.proxy").empty())
    session.out << paragraph("by the proxy of service.proxy: then only its address and port", 2);
  if (!text("service.api_connection_string_file").empty())
    session.out << paragraph("the instance's own name (HostName of the connection string), port 443", 2);
  if (!text("broker.uri").empty())
    session.out << "  " << padded(text("broker.uri"), 48) << " the site's broker\n";
  if (!text("deny.url").empty())
    session.out << paragraph("the server of deny.url, at its port (443 where it names none)", 2);
  if (const std::string ports = tunnel_ports(status); !ports.empty())
    session.out << paragraph("the provisioning service also at what the tunnel listens on: port " + ports, 2);
  if (text("tunnel.hubs") == "assigned") session.out << "  *.azure-devices.net, ports 8883, 443, 5671\n";
  session.out << paragraph("and the site's DNS (UDP and TCP 53) and time (UDP 123)", 2);
}

}  // namespace

std::vector<PortHolder> listeners_in(std::string_view table) {
  std::vector<PortHolder> out;
  while (!table.empty()) {
    const std::string_view line = table.substr(0, table.find('\n'));
    table.remove_prefix(std::min(line.size() + 1, table.size()));
    const auto cells = words(line);
    if (cells.size() < 10) continue;
    const std::size_t colon = cells[1].find(':');
    unsigned state = 0;
    unsigned port = 0;
    PortHolder holder;
    if (colon == std::string_view::npos || !number(cells[3], 16, state) || state != listening) continue;
    if (!number(cells[1].substr(colon + 1), 16, port) || !number(cells[9], 10, holder.inode)) continue;
    const std::string address = address_text(cells[1].substr(0, colon));
    if (address.empty() || port > 65'535) continue;
    holder.port = static_cast<int>(port);
    holder.address = address + ":" + std::to_string(port);
    out.push_back(std::move(holder));
  }
  return out;
}

int show_firewall(const Session& session, const CheckQuestion& question) {
  if (session.json) {
    session.err << "leafgatectl: check --firewall is told for people: leave --json out\n";
    return Exit::usage;
  }
  std::set<int> ports(question.ports.begin(), question.ports.end());
  const auto reply = session.daemon.get("/v1/status");
  const auto status = reply && reply->status == 200 ? Document::parse(reply->body)
                                                    : Result<Document>(Error(Errc::unreachable, "no daemon"));
  if (status) {
    tell_ports(session, status->root());
    for (const std::string& text : status->root().texts("listening")) ports.insert(port_of(text));
  } else {
    session.out << paragraph("leafgated does not answer; the ports it has where nothing else is said:", 0);
    ports.insert(usual_mqtt);
    ports.insert(usual_https);
  }
  session.out << session.paint.bold("Who listens on these ports here") << "\n";
  const auto holders = holders_of(ports);
  for (const PortHolder& holder : holders)
    session.out << "  " << padded(holder.address, 28) << " "
                << (holder.process.empty() ? "a process that only root is told" : cell(holder.process, 48))
                << "\n";
  for (const int port : ports) {
    const auto same = [port](const PortHolder& holder) { return holder.port == port; };
    if (std::none_of(holders.begin(), holders.end(), same)) session.out << "  nobody on " << port << "\n";
  }
  return status ? Exit::yes : Exit::unreachable;
}

}  // namespace leafgate::ctl
