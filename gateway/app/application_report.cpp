// What the page of the site tells beside the operator port.
#include "adapters/status/report.hpp"
#include "gateway/app/application_parts.hpp"

namespace leafgate {
namespace {

constexpr std::chrono::seconds sample_every{10};

}  // namespace

void Application::begin_history() {
  report_part_ = std::make_unique<ReportPart>(loops_.front()->executor());
  begin(keep_history());
}

void Application::stop_history() {
  if (!report_part_) return;
  report_part_->stopping = true;
  report_part_->pause.notify();
}

// Until stop_history().
Task<void> Application::keep_history() {
  while (!report_part_->stopping) {
    const LinkState link = flows_->forwarder.state();
    report_part_->history.take(clock_.now().at, link.up, link.since,
                               flows_->forwarder.operations().durable_count());
    const bool stopped = co_await report_part_->pause.wait_until(LoopClock::now() + sample_every);
    (void)stopped;
  }
}

Task<void> Application::add_report_parts(status::ReportFacts& facts) {
  facts.made_at = clock_.now().at;
  facts.timeline = report_part_->history.told();
  co_return;
}

}  // namespace leafgate
