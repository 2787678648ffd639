// The ways to leaves without IP: serial lines and the site's broker, and by what such leaves know the
// gateway.
#include <algorithm>
#include <cmath>
#include <ostream>

#include "gateway/ctl/qr_code.hpp"
#include "gateway/ctl/verbs.hpp"

namespace leafgate::ctl {
namespace {

std::string since_good(const View& of) {
  return of.has("lastGoodSeconds") ? span_text(Seconds(of.number("lastGoodSeconds"))) : "never";
}

// "12 bad (0.1 %)"; the share of what came in, which is what a line's quality is.
std::string bad_text(const View& line) {
  const std::int64_t bad = line.number("framesBad");
  const std::int64_t good = line.number("framesReceived");
  std::string out = std::to_string(bad) + " bad";
  if (bad <= 0 || good < 0) return out;
  const double share = static_cast<double>(bad) / (static_cast<double>(good) + static_cast<double>(bad));
  const auto tenths = static_cast<std::int64_t>(std::lround(share * 1000));
  return out + " (" + std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " %)";
}

std::string leaves_text(const std::vector<View>& leaves, const Paint& paint, std::size_t room) {
  constexpr std::string_view margin = "  ";
  const auto row = [](const View& leaf) {
    return std::vector<Cell>{{std::to_string(leaf.number("address"))},
                             leaf.has("registrationId") ? leaf_cell(leaf) : Cell{"-"},
                             {leaf.text("uid")},
                             {std::to_string(leaf.number("mtu"))},
                             {since_good(leaf)},
                             {std::to_string(leaf.number("retries"))}};
  };
  const Table table({{"ADDRESS", 7},
                     {"REGISTRATION ID", least_id, Cut::middle},
                     {"UID", 16},
                     {"MTU", 3},
                     {"LAST GOOD", 8},
                     {"RETRIES", 7}},
                    row, leaves, room == all_it_wants ? room : room - margin.size());
  std::string out(margin);
  out += table.head(paint);
  for (const View& leaf : leaves) out.append(margin).append(table.line(leaf, paint));
  return out;
}

// Empty of a line on which nothing has been yet.
std::string counts_text(const View& line) {
  if (line.number("framesSent") == 0 && line.number("framesReceived") == 0 && line.number("framesBad") == 0)
    return {};
  return paragraph(std::to_string(line.number("framesSent")) + " frames sent, " +
                       std::to_string(line.number("framesReceived")) + " received, " + bad_text(line) + "; " +
                       counted(line.number("retries"), "retry", "retries") + ", " +
                       counted(line.number("messagesHeard"), "message", "messages") + " heard, " +
                       counted(line.number("leavesLost"), "leaf", "leaves") + " lost",
                   2);
}

std::string line_block(const View& line, const Paint& paint, std::size_t room) {
  std::string out = paragraph(line_word(line), 0);
  // Painted behind the breaking of lines: the name alone, which stands first.
  const std::string name = cell(line.text("name"), columns);
  if (out.starts_with(name))
    out = (is_line_trouble(line) ? paint.bad(name) : paint.bold(name)) + out.substr(name.size());
  out += paragraph(line.text("path") + ", " + std::to_string(line.number("baud")) + " baud, " +
                       (line.flag("multidrop") ? "multidrop" : "point to point"),
                   2);
  out += counts_text(line);
  const auto leaves = line.list("leaves");
  if (!leaves.empty()) out += leaves_text(leaves, paint, room);
  return out + "\n";
}

std::string broker_block(const View& broker, const Paint& paint) {
  const std::string head = is_broker_trouble(broker) ? paint.bad("broker") : paint.bold("broker");
  std::string out = head + paragraph("broker " + broker_word(broker), 0).substr(std::string("broker").size());
  return out +
         paragraph(counted(broker.number("messagesHeard"), "message", "messages") + " heard, " +
                       std::to_string(broker.number("messagesSent")) + " sent, " +
                       std::to_string(broker.number("messagesDropped")) + " dropped; " +
                       counted(broker.number("reconnects"), "reconnect", "reconnects"),
                   2) +
         "\n";
}

std::string hex_lines(const std::string& hex) {
  std::string out;
  for (std::size_t at = 0; at < hex.size(); at += 64) out += "    " + cell(hex.substr(at, 64), 64) + "\n";
  return out;
}

}  // namespace

bool is_line_trouble(const View& line) {
  const std::string state = line.text("state");
  return state == "babbling" || state == "away" || state == "silent";
}

bool is_broker_trouble(const View& broker) {
  return !broker.flag("connected") || broker.flag("otherGateway") || broker.has("detail");
}

std::string line_word(const View& line) {
  const std::string state = line.text("state");
  std::string out = line.text("name") + " " + state;
  if (line.has("detail"))
    out += ": " + line.text("detail");
  else if (state == "released")
    out += ": leafgatectl line claim " + line.text("name") + " takes it back";
  if (state != "working") return out;
  // In the whole report the leaves stand as a list, in the status as their number.
  const auto leaves =
      line.has("framesSent") ? static_cast<std::int64_t>(line.list("leaves").size()) : line.number("leaves");
  out += ", " + counted(leaves, "leaf", "leaves");
  if (line.has("lastGoodSeconds")) out += ", last good frame " + since_good(line) + " ago";
  return out;
}

std::string broker_word(const View& broker) {
  const bool connected = broker.flag("connected");
  std::string out = connected ? "connected" : "not connected";
  if (broker.has("sinceSeconds")) out += " for " + span_text(Seconds(broker.number("sinceSeconds")));
  if (connected && broker.has("protocol")) out += ", MQTT " + broker.text("protocol");
  out += ", " + broker.text("uri");
  if (broker.has("detail")) out += ": " + broker.text("detail");
  if (broker.flag("otherGateway")) out += "; another gateway answers on the same topics";
  return out;
}

std::string link_text(const View& link) {
  const bool is_serial = link.text("carrier") == "serial";
  const std::string where = is_serial ? "on serial line " + link.text("line") + ", address " +
                                            std::to_string(link.number("address"))
                                      : "through the site's broker, " + link.text("uri");
  std::string out;
  if (!link.flag("proved"))
    out = "A leaf that calls itself so is " + where + "; it has not proved it there.";
  else if (is_serial && !link.flag("there"))
    out = "It answered " + where + ", and is not there now.";
  else if (is_serial && link.has("lastGoodSeconds"))
    out = "It answers " + where + "; its last good frame came " + since_good(link) + " ago.";
  else
    out = "It answers " + where + ".";
  const bool is_good = is_serial ? link.text("state") == "working" : link.flag("connected");
  if (is_good) return out;
  out += is_serial ? " The line is " + link.text("state") : std::string(" The broker is not connected");
  return out + (link.has("detail") ? ": " + link.text("detail") + "." : ".");
}

std::string lines_text(const View& told, const Paint& paint, std::size_t room) {
  std::string out;
  for (const View& line : told.list("lines")) out += line_block(line, paint, room);
  if (told.has("broker")) out += broker_block(told.at("broker"), paint);
  const std::string pin = told.text("pin");
  return out +
         (pin.empty() ? "no pin now: leafgatectl line identity says why\n" : "pin " + cell(pin, 64) + "\n");
}

std::string link_identity_text(const View& told, const Paint& paint) {
  std::string out = paint.bold("Give leaves without IP this pin of the gateway's key:") + "\n\n";
  out += hex_lines(told.text("pin"));
  out += "  public key on P-256, x and y, whose SHA-256 it is\n" + hex_lines(told.text("publicKey"));
  return out + "\n" + paragraph("It is one key for every line and the broker.", 0);
}

int show_lines(const Session& session) {
  const Answered got = ask(session, "/v1/lines");
  if (!got.document) return got.exit;
  session.out << (session.json ? got.body : lines_text(got.document->root(), session.paint, session.wide));
  return Exit::yes;
}

int show_link_identity(const Session& session, const LinkIdentityQuestion& question) {
  if (!question.line.empty()) {
    const Answered lines = ask(session, "/v1/lines");
    if (!lines.document) return lines.exit;
    const auto all = lines.document->root().list("lines");
    const bool is_known = std::any_of(
        all.begin(), all.end(), [&question](const View& line) { return line.text("name") == question.line; });
    if (!is_known) {
      session.err << "leafgatectl: no serial line has this name: leafgatectl line\n";
      return Exit::no;
    }
  }
  const Answered got = ask(session, "/v1/lines/identity");
  if (!got.document) return got.exit;
  const View told = got.document->root();
  if (session.json) {
    session.out << got.body;
    return Exit::yes;
  }
  if (!question.qr) {
    session.out << link_identity_text(told, session.paint);
    return Exit::yes;
  }
  const auto picture = qr_code(told.text("pin"));
  if (!picture) {
    session.err << "leafgatectl: " << picture.error().detail << "\n";
    return Exit::no;
  }
  session.out << *picture;
  return Exit::yes;
}

}  // namespace leafgate::ctl
