#include <ostream>

#include "gateway/ctl/verbs.hpp"

namespace leafgate::ctl {
namespace {

// An IPv6 address may need 39 columns; most need fewer, and explain shows it whole.
constexpr std::size_t address_width = 24;
constexpr std::size_t events_width = 6;
constexpr std::size_t step_width = 9;
constexpr std::size_t reason_width = 24;
constexpr std::size_t seen_width = 12;

}  // namespace

std::string strangers_head(const Paint& paint) {
  return paint.bold(padded("ADDRESS", address_width) + " " + padded("EVENTS", events_width) + " " +
                    padded("STEP", step_width) + " " + padded("REASON", reason_width) + " LAST") +
         "\n";
}

std::string stranger_line(const View& stranger, WallTime now) {
  const auto attempts = stranger.list("attempts");
  const View last = attempts.empty() ? View(nullptr) : attempts.back();
  const bool is_named = stranger.has("expectedHere");
  const std::string address =
      is_named ? padded(stranger.text("address") + " " + stranger.text("expectedHere"), address_width)
               : end_padded(stranger.text("address"), address_width);
  return address + " " + padded(std::to_string(stranger.number("events")), events_width) + " " +
         padded(last.text("step"), step_width) + " " + padded(last.at("reason").text("code"), reason_width) +
         " " + cell(ago(last.text("at"), now), seen_width) + "\n";
}

int show_strangers(const Session& session) {
  const Answered got = ask(session, "/v1/strangers");
  if (!got.document) return got.exit;
  if (session.json) {
    session.out << got.body;
    return Exit::yes;
  }
  const auto strangers = got.document->root().list("strangers");
  if (strangers.empty()) {
    session.out << "no source has failed here since the start\n";
    return Exit::yes;
  }
  session.out << strangers_head(session.paint);
  for (const View& stranger : strangers) session.out << stranger_line(stranger, session.now);
  session.out << "why, and what to do: leafgatectl explain ADDRESS\n";
  return Exit::yes;
}

}  // namespace leafgate::ctl
