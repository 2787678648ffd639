// The view itself: which line stands where.
#include <algorithm>
#include <cstdio>

#include "gateway/ctl/watch_model.hpp"
#include "gateway/model/ids.hpp"

namespace leafgate::ctl {
namespace {

constexpr std::size_t label_columns = 12;
constexpr std::size_t rate_columns = 7;

using Lines = std::vector<std::string>;

std::string rate_text(double value) {
  char room[32];
  const char* form = value >= 1000 ? "%.1fk/s" : value >= 10 ? "%.0f/s" : "%.1f/s";
  std::snprintf(room, sizeof room, form, value >= 1000 ? value / 1000 : value);
  return room;
}

std::string clock_text(WallTime now) { return to_rfc3339(now).substr(11, 8) + " UTC"; }

void put_head(Lines& out, const WatchModel& model, const FrameLook& look) {
  const WatchFigures& now = *model.figures();
  FrameLine first(look);
  first.field(now.name, look.columns > 40 ? look.columns - 32 : look.columns, Ink::bold);
  if (!model.lost().empty())
    first.at_end("not answering", Ink::bad);
  else
    first.at_end("clock " + now.clock + "  " + clock_text(look.now),
                 now.clock == "synced" ? Ink::plain : Ink::warn);
  out.push_back(first.str());
  FrameLine second(look);
  if (!model.lost().empty()) {
    second.add("the daemon does not answer: " + model.lost(), Ink::bad);
  } else {
    const std::int64_t all = now.ready + now.not_ready;
    second.add(
        std::to_string(now.ready) + " of " + counted(all, "leaf", "leaves") +
            (now.up ? " would be answered if the uplink went now" : " are answered while the uplink is down"),
        now.not_ready > 0 ? Ink::warn : Ink::good);
  }
  out.push_back(second.str());
}

Ink ink_of_state(std::string_view state, std::int64_t count) {
  if (count == 0) return Ink::quiet;
  if (state == "assigned") return Ink::good;
  if (state == "failed" || state == "disabled") return Ink::bad;
  return state == "assigning" || state == "delayed" ? Ink::warn : Ink::plain;
}

void put_counts(FrameLine& line, const std::vector<std::pair<std::string, std::int64_t>>& counts,
                std::string_view but) {
  for (const auto& [state, count] : counts) {
    if (state == but && count == 0) continue;
    const std::string number = std::to_string(count);
    line.add(state + " ", Ink::quiet).add(number, ink_of_state(state, count)).add("   ");
  }
}

void put_figures(Lines& out, const WatchFigures& now, const FrameLook& look) {
  FrameLine leaves(look);
  leaves.field("leaves", label_columns, Ink::quiet);
  put_counts(leaves, now.leaves, "unassigned");
  leaves.add("connected ", Ink::quiet).add(std::to_string(now.connections));
  out.push_back(leaves.str());
  FrameLine queue(look);
  queue.field("queue", label_columns, Ink::quiet);
  put_counts(queue, now.queue, "writing");
  if (now.oldest_seconds > 0) queue.add("oldest ", Ink::quiet).add(span_text(Seconds(now.oldest_seconds)));
  out.push_back(queue.str());
  FrameLine service(look);
  service.field("service", label_columns, Ink::quiet);
  std::string state = now.up ? "up" : "down";
  if (const std::string span = lasting(now.since, look.now); !span.empty()) state += " " + span;
  service.add(state, now.up ? Ink::good : Ink::bad).add("   pace ", Ink::quiet);
  service.add(std::to_string(now.pace) + "/min   ").add(now.address, Ink::quiet);
  out.push_back(service.str());
}

void put_rates(Lines& out, const WatchModel& model, const FrameLook& look) {
  const std::size_t bars =
      std::min(WatchModel::samples_kept, look.columns > label_columns + rate_columns + 2
                                             ? look.columns - label_columns - rate_columns - 1
                                             : std::size_t{1});
  for (const WatchModel::Rate& rate : model.rates()) {
    const double newest = rate.values.empty() ? 0 : rate.values.back();
    FrameLine line(look);
    line.field(rate.name, label_columns, Ink::quiet);
    line.add(sparkline(rate.values, bars, look.utf8), rate.name == "refused" ? Ink::bad : Ink::plain);
    const std::string text = rate_text(newest);
    line.blank_to(label_columns + 1 + bars + rate_columns - std::min(rate_columns, text.size()));
    line.add(text);
    out.push_back(line.str());
  }
}

void put_degraded(Lines& out, const WatchFigures& now, const FrameLook& look) {
  const std::size_t most = look.rows < 32 ? 2 : 6;
  const std::size_t shown = std::min(most, now.degraded.size());
  for (std::size_t i = 0; i < shown; ++i) {
    FrameLine line(look);
    line.add(now.degraded[i].first, Ink::bad).add("  " + now.degraded[i].second);
    out.push_back(line.str());
  }
  if (now.degraded.size() <= shown) return;
  FrameLine more(look);
  more.add("and " + std::to_string(now.degraded.size() - shown) + " more: leafgatectl status", Ink::quiet);
  out.push_back(more.str());
}

bool fits(const WatchEvent& event, const std::string& filter) {
  if (filter.empty()) return true;
  for (const std::string* text : {&event.what, &event.source, &event.reason})
    if (ascii_lower(*text).find(filter) != std::string::npos) return true;
  return false;
}

// A head and up to `most` of the list, newest first.
void put_list(Lines& out, std::string_view head, const std::deque<WatchEvent>& events,
              const std::string& filter, bool with_kind, std::size_t most, const FrameLook& look) {
  FrameLine title(look);
  title.add(head, Ink::bold);
  if (!filter.empty()) title.add("  only with \"" + filter + "\"", Ink::quiet);
  out.push_back(title.str());
  // With labels more of the line is who it is; how it went is cut before that.
  const bool labelled = std::any_of(events.begin(), events.end(), [](const auto& e) { return e.labelled; });
  const std::size_t id_columns = std::max<std::size_t>(16, look.columns / (labelled ? 3 : 4));
  std::size_t shown = 0;
  for (const WatchEvent& event : events) {
    if (shown == most) return;
    if (!fits(event, filter)) continue;
    FrameLine line(look);
    line.field(event.at, 8, Ink::quiet);
    if (with_kind) line.field(event.kind, 7, Ink::quiet);
    line.field(event.what, id_columns);
    line.field(event.reason, with_kind ? 22 : 24, event.refused ? Ink::bad : Ink::plain);
    const bool names_source = event.source != event.what && !event.source.empty();
    line.add(names_source ? event.source + "  " : std::string()).add(event.detail, Ink::quiet);
    out.push_back(line.str());
    ++shown;
  }
  if (shown > 0 || most == 0) return;
  FrameLine none(look);
  none.add(filter.empty() ? "none since this view was opened" : "none that fits", Ink::quiet);
  out.push_back(none.str());
}

void put_help(Lines& out, const FrameLook& look) {
  for (const std::string_view text :
       {"q        quit", "p        stop the picture, and let it go on; nothing is missed meanwhile",
        "f        only events with these letters in id, label, source or reason",
        "?        this page; any key leaves it", "",
        "leaves   as the daemon last counted them, by the state of their registration",
        "queue    registrations that are open toward the service",
        "bars     rates of the last two minutes, a bar every 2 s, the highest one full"}) {
    FrameLine line(look);
    line.add(text);
    out.push_back(line.str());
  }
}

std::string foot(const FrameLook& look, const std::optional<std::string>& typing, bool paused) {
  FrameLine line(look);
  if (typing) {
    line.add("only with: ", Ink::bold)
        .add(*typing + "_")
        .at_end("Enter takes it, Esc leaves it as it was", Ink::quiet);
    return line.str();
  }
  line.add("q quit   p ", Ink::quiet)
      .add(paused ? "go on" : "pause", Ink::quiet)
      .add("   f filter   ? help", Ink::quiet);
  if (paused) line.at_end("PAUSED", Ink::warn);
  return line.str();
}

}  // namespace

std::vector<std::string> WatchView::frame(const FrameLook& look) const {
  Lines out;
  const WatchModel& model_shown = shown();
  const std::size_t body = look.rows > 0 ? look.rows - 1 : 0;
  if (!model_shown.figures()) {
    FrameLine line(look);
    line.add(model_shown.lost().empty() ? std::string("asking the daemon")
                                        : "the daemon does not answer: " + model_shown.lost());
    out.push_back(line.str());
  } else {
    put_head(out, model_shown, look);
    out.emplace_back();
    if (help_) {
      put_help(out, look);
    } else {
      put_figures(out, *model_shown.figures(), look);
      if (!model_shown.figures()->degraded.empty()) {
        out.emplace_back();
        put_degraded(out, *model_shown.figures(), look);
      }
      if (body >= 16) {
        out.emplace_back();
        put_rates(out, model_shown, look);
      }
      out.emplace_back();
      const std::size_t left = body > out.size() + 4 ? body - out.size() - 3 : 1;
      const std::size_t refusals =
          std::max<std::size_t>(1, std::min(left / 2, model_shown.refusals().size()));
      put_list(out, "last refusals", model_shown.refusals(), filter, false, refusals, look);
      out.emplace_back();
      const std::size_t rest = body > out.size() + 1 ? body - out.size() - 1 : 0;
      put_list(out, "last events", model_shown.events(), filter, true, rest, look);
    }
  }
  out.resize(body);
  if (look.rows > 0) out.push_back(foot(look, typing_, frozen_.has_value()));
  return out;
}

}  // namespace leafgate::ctl
