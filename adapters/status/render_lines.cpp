#include <algorithm>
#include <charconv>

#include "adapters/status/render.hpp"
#include "adapters/status/render_parts.hpp"
#include "gateway/model/ids.hpp"

namespace leafgate::status {
namespace {

constexpr std::string_view broker_sources = "broker/";  // LeafCarrier::source of a leaf on the broker

void put_since(Json& into, const char* name, const std::optional<Millis>& span) {
  if (span) into[name] = seconds(*span);
}

Json leaf_json(const LineLeaf& leaf, const Labels* labels) {
  Json out = {{"address", leaf.address}, {"uid", leaf.uid}};
  put_leaf(out, labels, leaf.registration_id);
  out["mtu"] = leaf.mtu;
  put_since(out, "lastGoodSeconds", leaf.last_good);
  out["retries"] = leaf.retries;
  return out;
}

Json line_json(const LineFacts& line, const Labels* labels) {
  Json out = {{"name", line.name},
              {"path", line.path},
              {"baud", line.baud},
              {"multidrop", line.multidrop},
              {"state", to_text(line.state)}};
  put_text(out, "detail", line.detail);
  out["leaves"] = Json::array();
  for (const LineLeaf& leaf : line.leaves) out["leaves"].push_back(leaf_json(leaf, labels));
  put_since(out, "lastGoodSeconds", line.last_good);
  out["framesSent"] = line.frames_sent;
  out["framesReceived"] = line.frames_received;
  out["framesBad"] = line.frames_bad;
  out["retries"] = line.retries;
  out["messagesHeard"] = line.messages_heard;
  out["leavesLost"] = line.leaves_lost;
  return out;
}

// How it is with the broker, without the counts.
Json broker_state(const BrokerFacts& broker) {
  Json out = {{"uri", broker.uri}, {"connected", broker.connected}};
  if (broker.protocol != 0) out["protocol"] = broker.protocol == 5 ? "5" : "3.1.1";
  put_text(out, "detail", broker.detail);
  out["sinceSeconds"] = seconds(broker.since);
  out["otherGateway"] = broker.other_gateway;
  return out;
}

Json broker_json(const BrokerFacts& broker) {
  Json out = broker_state(broker);
  out["messagesHeard"] = broker.messages_heard;
  out["messagesSent"] = broker.messages_sent;
  out["messagesDropped"] = broker.messages_dropped;
  out["reconnects"] = broker.reconnects;
  return out;
}

std::string source_of(const LineFacts& line, int address) {
  return line.name + "/" + std::to_string(address);
}

// Whether the leaf has proved from there that it is the one it says.
bool has_proved(const std::vector<AttemptNote>& notes, const std::string& source) {
  return std::any_of(notes.begin(), notes.end(), [&source](const AttemptNote& note) {
    return note.source == source && !note.unverified;
  });
}

Json line_link(const LineFacts& line, int address, const LineLeaf* there, bool proved) {
  Json out = {{"carrier", "serial"}, {"line", line.name},         {"address", address},
              {"proved", proved},    {"there", there != nullptr}, {"state", to_text(line.state)}};
  put_text(out, "detail", line.detail);
  if (there == nullptr) return out;
  put_since(out, "lastGoodSeconds", there->last_good);
  out["retries"] = there->retries;
  return out;
}

// The way that a note names, to a leaf that is not there any more.
std::optional<Json> former_link(const LineReport& report, std::string_view source) {
  for (const LineFacts& line : report.lines) {
    if (!source.starts_with(line.name + "/")) continue;
    const std::string_view rest = source.substr(line.name.size() + 1);
    int address = 0;
    const auto [end, failure] = std::from_chars(rest.data(), rest.data() + rest.size(), address);
    if (failure == std::errc() && end == rest.data() + rest.size())
      return line_link(line, address, nullptr, true);
  }
  return std::nullopt;
}

Json broker_link(const BrokerFacts& broker, bool proved) {
  Json out = {
      {"carrier", "broker"}, {"uri", broker.uri}, {"proved", proved}, {"connected", broker.connected}};
  put_text(out, "detail", broker.detail);
  return out;
}

}  // namespace

std::string render(const LineReport& report, const std::string& pin, const Labels* labels) {
  Json out = {{"lines", Json::array()}};
  for (const LineFacts& line : report.lines) out["lines"].push_back(line_json(line, labels));
  if (report.broker) out["broker"] = broker_json(*report.broker);
  put_text(out, "pin", pin);
  return dumped(out);
}

void put_lines(Json& into, const LineReport& report) {
  if (!report.lines.empty()) into["lines"] = Json::array();
  for (const LineFacts& line : report.lines) {
    Json row = {{"name", line.name}, {"state", to_text(line.state)}};
    put_text(row, "detail", line.detail);
    row["leaves"] = line.leaves.size();
    put_since(row, "lastGoodSeconds", line.last_good);
    into["lines"].push_back(std::move(row));
  }
  if (report.broker) into["broker"] = broker_state(*report.broker);
}

Json links_json(const LineReport& report, const Explanation& told) {
  Json out = Json::array();
  for (const LineFacts& line : report.lines)
    for (const LineLeaf& leaf : line.leaves)
      if (equal_ignoring_case(leaf.registration_id, told.device.registration_id))
        out.push_back(
            line_link(line, leaf.address, &leaf, has_proved(told.notes, source_of(line, leaf.address))));
  // Where it was last: only its newest word counts, a leaf that has moved has other ways than before.
  if (told.notes.empty()) return out;
  const std::string& newest = told.notes.back().source;
  if (out.empty() && has_proved(told.notes, newest))
    if (auto former = former_link(report, newest)) out.push_back(std::move(*former));
  if (report.broker && newest.starts_with(broker_sources))
    out.push_back(broker_link(*report.broker, has_proved(told.notes, newest)));
  return out;
}

}  // namespace leafgate::status
