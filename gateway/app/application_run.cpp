// What the daemon does from start to stop.
#include <csignal>
#include <iostream>

#include "gateway/app/application_parts.hpp"
#include "gateway/app/config_checks.hpp"
#include "gateway/model/version.hpp"
#include "gateway/net/socket_unit.hpp"
#include "gateway/runtime/log.hpp"
#include "gateway/runtime/notify.hpp"

namespace leafgate {
namespace {

constexpr std::chrono::seconds grace{2};  // for sessions to end by themselves at a stop

}  // namespace

Exit Application::run() {
  log::notice("starting", {{"version", version()}, {"state_dir", config_.state_dir}});
  if (const auto failed = prepare()) return *failed;
  Loop& first = *loops_.front();
  stop_ = std::make_unique<Wakeup>(first.executor());
  all_ended_ = std::make_unique<Wakeup>(first.executor());
  spawn(first.executor(), live());
  for (std::size_t i = 1; i < loops_.size(); ++i) loops_[i]->start();
  pool_.start();
  background_.start();
  first.run_here();
  for (std::size_t i = 1; i < loops_.size(); ++i) loops_[i]->join();
  for (Loop* aside : {&pool_, &background_}) {
    aside->release();
    aside->join();
  }
  if (exit_ != Exit::store_fault) stop_store();
  site_part_.reset();
  link_part_.reset();
  report_part_.reset();
  endpoints_.reset();
  deny_part_.reset();
  flows_.reset();
  tpm_part_.reset();
  reload_.reset();
  all_ended_.reset();
  stop_.reset();
  store_.reset();
  signals_.reset();
  log::notice("stopped", {{"exit", static_cast<int>(exit_)}});
  return exit_;
}

Task<void> Application::live() {
  signals_ = std::make_unique<Signals>(loops_.front()->executor(), SIGTERM, SIGINT, SIGHUP);
  await_signal();
  auto up = co_await bring_up();
  if (up) co_await await_required_tpm();
  if (up) {
    ready_ = true;
    notify("READY=1\nSTATUS=" + status_line());
    log::notice("ready", {{"loops", static_cast<std::uint64_t>(loops_.size())}});
    begin(check_store());
    while (!asked_to_stop_) co_await stop_->wait();
  } else {
    log::error("cannot start", {{"detail", up.error().detail}});
    // A port that this user may not bind, or that systemd opened otherwise: the way out, as it must stand in
    // its file.
    if (up.error().detail.find("socket-unit") != std::string::npos)
      std::cerr << net::socket_drop_in(listen_addresses(config_));
    if (exit_ == Exit::stopped) exit_ = exit_of(up.error());
  }
  notify("STOPPING=1");
  co_await shut_down();
  signals_->cancel();
  for (auto& loop : loops_) loop->release();
}

void Application::await_signal() {
  signals_->async_wait([this](boost::system::error_code error, int number) {
    if (error) return;
    if (number != SIGHUP) return ask_to_stop(Exit::stopped, number == SIGTERM ? "SIGTERM" : "SIGINT");
    log::notice("asked to reload", {{"why", "SIGHUP"}});
    if (reload_) reload_->ask();  // else the file is read a moment ago
    await_signal();
  });
}

// The last writes of a run are made here, and no loop is left to hear that they failed.
void Application::stop_store() {
  store_->stop();
  if (!store_->monitor().health().fault.empty()) exit_ = Exit::store_fault;
}

// quick_check of this start where opening has not done it: a failure is a fault of the store.
Task<void> Application::check_store() {
  auto checked = co_await store_->check();
  if (!checked && checked.error().code == Errc::store_fault)
    ask_to_stop(Exit::store_fault, checked.error().detail);
}

void Application::ask_to_stop(Exit code, std::string_view why) {
  if (code == Exit::store_fault) {
    log::error("the store failed: nothing more is promised", {{"detail", why}});
  } else {
    log::notice("stopping", {{"why", why}});
  }
  if (exit_ == Exit::stopped) exit_ = code;
  asked_to_stop_ = true;
  stop_->notify();
}

void Application::begin(Task<void> task) {
  ++running_;
  spawn(loops_.front()->executor(), counted(std::move(task)));
}

Task<void> Application::counted(Task<void> task) {
  co_await std::move(task);
  --running_;
  all_ended_->notify();
}

// The reverse of bring_up. Whatever was started has ended when this returns: destruction finds nothing
// running.
Task<void> Application::shut_down() {
  if (flows_) flows_->admission.stop();
  if (site_part_) site_part_->check.stop();  // it is at our own doors, which would wait for it
  co_await close_link();
  if (endpoints_) {
    if (endpoints_->tunnel) co_await endpoints_->tunnel->stop();
    const LoopClock::duration patience = exit_ == Exit::stopped ? grace : std::chrono::seconds(0);
    co_await endpoints_->listener.stop(patience);
    if (endpoints_->status) endpoints_->status->stop();
    if (endpoints_->metrics_export) endpoints_->metrics_export->stop();
    if (endpoints_->accounts) endpoints_->accounts->stop();
  }
  if (flows_) {
    flows_->forwarder.stop();
    flows_->time_watch.stop();
    if (flows_->service_api) flows_->service_api->learner.stop();
    if (flows_->service_api) flows_->service_api->sync.stop();
    if (flows_->service_api) flows_->service_api->client.stop();
    if (flows_->desk) flows_->desk->stop();
    if (flows_->outage_desk) flows_->outage_desk->stop();
    if (flows_->renewals) flows_->renewals->stop();
    flows_->outages.stop();
    if (flows_->housekeeping) flows_->housekeeping->stop();
    flows_->connector.stop();  // whatever still waits for the service
  }
  stop_history();
  stop_tpm();
  stop_deny();
  if (reload_) reload_->stop();
  if (site_part_) site_part_->commissioning.stop();
  if (store_) store_->end_long_work();
  while (running_ > 0) co_await all_ended_->wait();
  if (flows_) flows_->http.close_idle();
  if (flows_ && flows_->service_api) flows_->service_api->http.close_idle();
}

void Application::notify(const std::string& state) const {
  notify_systemd(environment_.notify_socket, state);
}

std::string Application::status_line() const {
  const bool up = flows_->forwarder.state().up;
  return std::string(certificates_->are_missing() ? "no certificate for leaves; " : "") +
         (up ? "service up" : "service not reached") + "; outbox " +
         std::to_string(flows_->forwarder.operations().durable_count()) + "; clock " +
         std::string(to_text(clock_.now().quality)) + "; secrets " +
         std::string(to_text(store_->trust().protection()));
}

bool Application::all_alive() {
  bool alive = store_->is_alive_since_last_asked();
  for (auto& loop : loops_) alive = loop->is_alive_since_last_asked() && alive;
  return alive;
}

}  // namespace leafgate
