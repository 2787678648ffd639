#include "gateway/runtime/metrics.hpp"

#include <algorithm>
#include <charconv>
#include <deque>
#include <stdexcept>

namespace leafgate {
namespace {

std::string number(double value) {
  std::string text(32, '\0');
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
  text.resize(static_cast<std::size_t>(end.ptr - text.data()));
  return text;
}

// `key="value"` pairs joined by commas, without braces.
std::string label_text(const Metrics::Labels& labels) {
  std::string text;
  for (const auto& [key, value] : labels) {
    if (!text.empty()) text += ',';
    text += key;
    text += "=\"";
    for (const char c : value) {
      if (c == '\n') {
        text += "\\n";
        continue;
      }
      if (c == '\\' || c == '"') text += '\\';
      text += c;
    }
    text += '"';
  }
  return text;
}

void line(std::string& to, std::string_view name, std::string_view suffix, std::string_view labels,
          std::string_view value) {
  to.append(name).append(suffix);
  if (!labels.empty()) to.append("{").append(labels).append("}");
  to.append(" ").append(value).append("\n");
}

}  // namespace

struct Metrics::Sample {
  std::string labels;
  Counter counter;
  Gauge gauge;
  std::unique_ptr<Histogram> histogram;
};

struct Metrics::Family {
  std::string name;
  std::string help;
  std::string kind;
  std::deque<Sample> samples;
};

Metrics::Metrics() = default;
Metrics::~Metrics() = default;

Histogram::Histogram(std::span<const double> bounds)
    : bounds_(bounds.begin(), bounds.end()),
      counts_(std::make_unique<std::atomic<std::uint64_t>[]>(bounds.size() + 1)) {}

void Histogram::observe(double value) {
  const auto at = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  counts_[static_cast<std::size_t>(at)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

Metrics::Sample& Metrics::sample(std::string_view name, std::string_view help, std::string_view kind,
                                 const Labels& labels) {
  const auto named = [&](const auto& f) { return f->name == name; };
  auto found = std::find_if(families_.begin(), families_.end(), named);
  if (found == families_.end()) {
    found = families_.insert(found, std::make_unique<Family>());
    (*found)->name = name;
    (*found)->help = help;
    (*found)->kind = kind;
  }
  Family* const family = found->get();
  if (family->kind != kind) throw std::logic_error("metric registered as two kinds: " + family->name);
  const std::string text = label_text(labels);
  for (Sample& known : family->samples) {
    if (known.labels == text) return known;
  }
  family->samples.emplace_back();
  family->samples.back().labels = text;
  return family->samples.back();
}

Counter& Metrics::counter(std::string_view name, std::string_view help, const Labels& labels) {
  const std::lock_guard lock(mutex_);
  return sample(name, help, "counter", labels).counter;
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, const Labels& labels) {
  const std::lock_guard lock(mutex_);
  return sample(name, help, "gauge", labels).gauge;
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help, std::span<const double> bounds,
                              const Labels& labels) {
  const std::lock_guard lock(mutex_);
  Sample& found = sample(name, help, "histogram", labels);
  if (!found.histogram) found.histogram = std::make_unique<Histogram>(bounds);
  return *found.histogram;
}

void Metrics::clear_gauges(std::string_view name) {
  const std::lock_guard lock(mutex_);
  for (const auto& family : families_)
    if (family->name == name && family->kind == "gauge") family->samples.clear();
}

std::string Metrics::render() const {
  const auto render_histogram = [](std::string& to, const Family& family, const Sample& s) {
    const Histogram& h = *s.histogram;
    const std::string before = s.labels.empty() ? "" : s.labels + ",";
    std::uint64_t total = 0;
    for (std::size_t i = 0; i <= h.bounds_.size(); ++i) {
      total += h.counts_[i].load(std::memory_order_relaxed);
      const std::string bound = i < h.bounds_.size() ? number(h.bounds_[i]) : "+Inf";
      line(to, family.name, "_bucket", before + "le=\"" + bound + "\"", std::to_string(total));
    }
    line(to, family.name, "_sum", s.labels, number(h.sum_.load(std::memory_order_relaxed)));
    line(to, family.name, "_count", s.labels, std::to_string(total));
  };

  const std::lock_guard lock(mutex_);
  std::string text;
  for (const auto& each : families_) {
    const Family& family = *each;
    text.append("# TYPE ").append(family.name).append(" ").append(family.kind).append("\n");
    text.append("# HELP ").append(family.name).append(" ").append(family.help).append("\n");
    for (const Sample& s : family.samples) {
      if (family.kind == "counter")
        line(text, family.name, "_total", s.labels, std::to_string(s.counter.value()));
      if (family.kind == "gauge") line(text, family.name, "", s.labels, std::to_string(s.gauge.value()));
      if (family.kind == "histogram") render_histogram(text, family, s);
    }
  }
  text += "# EOF\n";
  return text;
}

}  // namespace leafgate
