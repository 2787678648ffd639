#include "gateway/app/figures.hpp"

namespace leafgate {
namespace {

void set_line(Metrics& metrics, const LineFacts& line) {
  const auto frames = [&](const char* kind, std::uint64_t count) {
    metrics.counter("leafgate_line_frames", "frames on serial lines", {{"line", line.name}, {"kind", kind}})
        .raise_to(count);
  };
  frames("sent", line.frames_sent);
  frames("received", line.frames_received);
  frames("bad", line.frames_bad);
  const Metrics::Labels which{{"line", line.name}};
  const auto count = [&](const char* name, const char* help, std::uint64_t value) {
    metrics.counter(name, help, which).raise_to(value);
  };
  count("leafgate_line_retries", "frames sent again for want of an answer", line.retries);
  count("leafgate_line_messages", "whole messages heard of leaves", line.messages_heard);
  count("leafgate_line_leaves_lost", "leaves that did not answer any more", line.leaves_lost);
  metrics.gauge("leafgate_line_leaves", "leaves that are known on the line now", which)
      .set(static_cast<std::int64_t>(line.leaves.size()));
  metrics
      .gauge("leafgate_line_state", "how the line is",
             {{"line", line.name}, {"state", std::string(to_text(line.state))}})
      .set(1);
  if (line.last_good)
    metrics.gauge("leafgate_line_last_good_seconds", "since the last good frame of any leaf", which)
        .set(line.last_good->count() / 1000);
}

void set_broker(Metrics& metrics, const BrokerFacts& broker) {
  metrics.gauge("leafgate_broker_connected", "1 while the site's broker is connected")
      .set(broker.connected ? 1 : 0);
  const auto messages = [&](const char* kind, std::uint64_t count) {
    metrics.counter("leafgate_broker_messages", "messages of leaves on the site's broker", {{"kind", kind}})
        .raise_to(count);
  };
  messages("heard", broker.messages_heard);
  messages("sent", broker.messages_sent);
  messages("dropped", broker.messages_dropped);
  metrics.counter("leafgate_broker_reconnects", "connections to the site's broker after the first")
      .raise_to(broker.reconnects);
  metrics.gauge("leafgate_broker_other_gateway", "1 while another gateway answers on the same topics")
      .set(broker.other_gateway ? 1 : 0);
}

}  // namespace

void set_figures(Metrics& metrics, const Lines& lines) {
  metrics.clear_gauges("leafgate_line_state");
  metrics.clear_gauges("leafgate_line_last_good_seconds");
  for (const LineFacts& line : lines.lines()) set_line(metrics, line);
  if (const auto broker = lines.broker()) set_broker(metrics, *broker);
}

void set_figures(Metrics& metrics, const link::Tally& link) {
  const auto count = [&metrics](const char* kind, std::uint64_t value) {
    metrics
        .counter("leafgate_link_messages", "messages of the leaf link, and challenges without a proof",
                 {{"kind", kind}})
        .raise_to(value);
  };
  count("register", link.registers);
  count("challenge", link.challenges);
  count("proof", link.proofs);
  count("poll", link.polls);
  count("sign", link.signatures_asked);
  count("signature", link.signatures_given);
  count("unanswered", link.unanswered);
  count("malformed", link.malformed);
}

}  // namespace leafgate
