#include "gateway/ctl/watch_model.hpp"

#include <algorithm>
#include <cstdlib>

#include "gateway/ctl/verbs.hpp"
#include "gateway/model/ids.hpp"
#include "gateway/model/reason.hpp"

namespace leafgate::ctl {
namespace {

// The value of `label` in {a="b",c="d"}; values of ours hold no quotes.
std::string_view label_of(std::string_view labels, std::string_view label) {
  const std::string wanted = std::string(label) + "=\"";
  const std::size_t at = labels.find(wanted);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = labels.substr(at + wanted.size());
  return rest.substr(0, rest.find('"'));
}

struct Sample {
  std::string_view name;
  std::string_view labels;
  double value = 0;
};

// Takes the first line off an OpenMetrics text.
Sample next_sample(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  Sample out;
  const std::size_t blank = line.rfind(' ');
  if (line.starts_with('#') || blank == std::string_view::npos) return out;
  out.name = line.substr(0, std::min(line.find('{'), blank));
  out.labels = line.substr(out.name.size(), blank - out.name.size());
  out.value = std::strtod(std::string(line.substr(blank + 1)).c_str(), nullptr);
  return out;
}

void take_metrics(WatchFigures& into, std::string_view metrics) {
  while (!metrics.empty()) {
    const Sample sample = next_sample(metrics);
    const auto count = static_cast<std::int64_t>(sample.value);
    if (sample.name == "leafgate_attempts_total") into.attempts += sample.value;
    if (sample.name == "leafgate_leaves") into.leaves.emplace_back(label_of(sample.labels, "status"), count);
    if (sample.name == "leafgate_queue") into.queue.emplace_back(label_of(sample.labels, "state"), count);
  }
}

// By the order of the table: what is said at the door, and what the service says.
bool is_refusal(std::string_view kind, std::string_view code) {
  const auto reason = reason_from_code(code);
  if (!reason) return false;
  if (kind == "door") return true;
  return (*reason >= Reason::denied && *reason <= Reason::leaf_did_not_sign) ||
         (*reason >= Reason::service_failed && *reason <= Reason::service_verdict_unconfirmed);
}

void keep(std::deque<WatchEvent>& list, const WatchEvent& event) {
  list.push_front(event);
  if (list.size() > WatchModel::events_kept) list.pop_back();
}

}  // namespace

WatchFigures figures_of(const View& status, std::string_view metrics) {
  WatchFigures out;
  out.name = gateway_text(status);
  out.clock = status.text("clock");
  const View offline = status.at("offline");
  out.ready = offline.number("wouldBeAnswered");
  out.not_ready = offline.number("wouldNot");
  out.connections = status.number("connections");
  out.oldest_seconds = status.at("outbox").number("oldestSeconds");
  const View service = status.at("service");
  out.up = service.flag("up");
  out.since = service.text("since");
  out.address = service.text("address");
  out.pace = service.number("registrationsPerMinute");
  const View counts = status.at("sinceStart");
  out.from_cache = static_cast<double>(counts.number("answeredFromCache"));
  out.forwarded = static_cast<double>(counts.number("forwarded"));
  out.refused = static_cast<double>(counts.number("refused"));
  for (const View& mode : status.list("degraded"))
    out.degraded.emplace_back(mode.at("reason").text("code"), mode.text("consequence"));
  take_metrics(out, metrics);
  return out;
}

WatchEvent event_of(std::string_view kind, const View& data) {
  WatchEvent out;
  const std::string at = data.text("at");
  out.at = at.size() > 19 ? at.substr(11, 8) : std::string();
  out.kind = kind;
  out.source = data.text("source");
  out.what =
      data.text("registrationId").empty() ? data.text(data.has("object") ? "object" : "source") : named(data);
  out.labelled = data.has("label");
  out.reason = data.at("reason").text("code");
  out.detail = data.text("detail");
  out.refused = is_refusal(kind, out.reason);
  if (kind == "lost") out.detail = std::to_string(data.number("lost")) + " events were lost: read too slowly";
  return out;
}

void WatchModel::take(WatchFigures figures, Seconds apart) {
  lost_.clear();
  if (figures_ && apart > Seconds(0)) {
    const auto rate = [apart](double now, double before) {
      return now < before ? 0.0 : (now - before) / static_cast<double>(apart.count());  // it has restarted
    };
    const WatchFigures& before = *figures_;
    const std::vector<double> values{
        rate(figures.attempts, before.attempts), rate(figures.from_cache, before.from_cache),
        rate(figures.forwarded, before.forwarded), rate(figures.refused, before.refused)};
    for (std::size_t i = 0; i < rates_.size(); ++i) {
      rates_[i].values.push_back(values[i]);
      if (rates_[i].values.size() > samples_kept) rates_[i].values.pop_front();
    }
  }
  figures_ = std::move(figures);
}

void WatchModel::take(WatchEvent event) {
  if (event.refused) keep(refusals_, event);
  keep(events_, event);
}

void WatchModel::lose(std::string why) { lost_ = std::move(why); }

bool WatchView::press(std::string_view octets) {
  if (typing_) {
    type(octets);
    return true;
  }
  if (octets.starts_with('\x1b')) return true;  // an arrow, or whatever else sends more than one octet
  for (const char key : octets) {
    if (help_ && key != 'q') {
      help_ = false;
      continue;
    }
    if (key == 'q' || key == 'Q' || key == '\x04') return false;
    if (key == '?' || key == 'h') help_ = true;
    if (key == 'f' || key == '/') typing_ = filter;
    if (key == 'p' || key == ' ') {
      if (frozen_)
        frozen_.reset();
      else
        frozen_ = model;
    }
    if (typing_) break;
  }
  return true;
}

void WatchView::type(std::string_view octets) {
  if (octets.starts_with('\x1b')) {
    if (octets.size() == 1) typing_.reset();
    return;
  }
  for (const char key : octets) {
    if (key == '\r' || key == '\n') {
      filter = ascii_lower(*typing_);
      typing_.reset();
      return;
    }
    const auto octet = static_cast<unsigned char>(key);
    if (key == '\x15') {
      typing_->clear();
    } else if (key == '\x7f' || key == '\b') {
      while (!typing_->empty() && (static_cast<unsigned char>(typing_->back()) & 0xc0U) == 0x80U)
        typing_->pop_back();
      if (!typing_->empty()) typing_->pop_back();
    } else if (octet >= 0x20 && typing_->size() < 100) {
      *typing_ += key;
    }
  }
}

}  // namespace leafgate::ctl
