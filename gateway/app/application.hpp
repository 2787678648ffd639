#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/basic_signal_set.hpp>

#include "gateway/app/config.hpp"
#include "gateway/app/environment.hpp"
#include "gateway/app/exit.hpp"
#include "gateway/app/named_files.hpp"
#include "gateway/app/reload.hpp"
#include "gateway/app/system_clock.hpp"
#include "gateway/app/system_random.hpp"
#include "gateway/crypto/delegated_provider.hpp"
#include "gateway/net/connector.hpp"
#include "gateway/net/listener.hpp"
#include "gateway/net/listening.hpp"
#include "gateway/net/stream.hpp"
#include "gateway/ports/pass_through.hpp"
#include "gateway/ports/registrar.hpp"
#include "gateway/ports/self_test.hpp"
#include "gateway/runtime/loop.hpp"
#include "gateway/runtime/sleep.hpp"
#include "store/store.hpp"

namespace leafgate {
namespace status {
struct ReportFacts;
}

// The daemon: the only place that knows everything. Starts in the order config, store, flows, endpoints,
// READY, and stops in the reverse one.
class Application {
 public:
  // `file` is read again on SIGHUP.
  Application(Config config, std::string file, Environment environment);
  ~Application();

  // Serves until SIGTERM, SIGINT or a fault of the store.
  Exit run();

 private:
  using Signals = boost::asio::basic_signal_set<Executor>;
  struct ServiceApi;  // what is learnt from the service's list
  struct TpmPart;     // what keeps the store's keys and signs
  struct Flows;       // what decides and carries
  struct Endpoints;   // what the world knocks on
  struct LinkPart;    // and leaves without IP
  struct DenyPart;    // who is kept out
  struct ReportPart;  // what the report tells of the past
  struct SitePart;    // what a site is handed over with

  std::optional<Exit> prepare();     // what can fail before anything runs: files that are named, the store
  std::optional<Exit> load_files();  // certificates among them
  void use_proxy(net::Connector& connector) const;
  void prepare_reload();
  void apply(const Config& config);
  Task<void> live();  // bring_up, wait, shut_down
  Task<Result<void>> bring_up();
  Result<void> open_endpoints();
  Task<Result<void>> bring_up_deny();
  void run_deny();
  void stop_deny();
  void follow_outages();
  Task<void> collect_figures();
  void set_outage_figures();
  [[nodiscard]] std::vector<ShownCertificate> shown_certificates() const;
  void make_tunnel();
  void watch_time();
  void make_link();
  void open_link();
  Task<void> close_link();
  Task<Result<void>> bring_up_tpm();
  void run_tpm();
  Task<void> learn_belonging();
  Task<void> move_group_keys();
  Task<void> look_for_lost_keys();
  Task<void> await_required_tpm();
  void tpm_changed();
  void stop_tpm();
  // `handler` null: what comes there only passes through.
  Result<void> open_door(Transport transport, const std::vector<ListenAddress>& addresses,
                         net::StreamHandler* handler, std::vector<std::string>& listening);
  void close_unused_sockets();
  [[nodiscard]] net::Route route(const net::PeerInfo& peer, std::size_t loop, net::StreamHandler* handler);
  void hear_of(const PassedSession& session);
  void add_own_address(const std::string& address, std::uint16_t port);
  [[nodiscard]] SiteNames site_names() const;
  [[nodiscard]] std::vector<DegradedMode> troubles() const;
  void open_metrics();
  [[nodiscard]] Result<net::OwnedDescriptor> try_metrics();
  Task<void> add_report_parts(status::ReportFacts& facts);
  Task<void> add_outcomes(status::ReportFacts& facts);
  Task<void> add_commissioning(status::ReportFacts& facts);
  void begin_history();
  Task<void> keep_history();
  void stop_history();
  void make_site();
  Task<std::vector<std::string>> mistakes_now();
  Task<Result<DiskFacts>> disk_now();
  [[nodiscard]] std::string told_config() const;
  void add_link_troubles(std::vector<DegradedMode>& into) const;
  void add_address_troubles(std::vector<DegradedMode>& into) const;
  void add_file_troubles(std::vector<DegradedMode>& into) const;
  Result<void> open_status_socket();
  std::vector<Executor> executors();
  Task<void> shut_down();
  void await_signal();
  void begin(Task<void> task);  // on the first loop; shut_down waits for its end
  Task<void> counted(Task<void> task);
  Task<void> check_store();
  void stop_store();
  void ask_to_stop(Exit code, std::string_view why);
  void notify(const std::string& state) const;
  [[nodiscard]] std::string status_line() const;
  [[nodiscard]] bool all_alive();

  Config config_;
  std::string file_;
  std::optional<crypto::ProviderScope> delegation_;  // where leaves without IP sign; before any other use
  Environment environment_;
  std::vector<std::string> unused_sockets_;  // that systemd opened, and no key names
  SystemRandom random_;
  SystemClock clock_;
  NamedFiles files_;
  // Contexts outlive what holds timers and sockets of theirs; all coroutines have ended by then (netcore §5).
  std::vector<std::unique_ptr<Loop>> loops_;                  // the first one runs on the main thread
  Loop pool_{"pool"};                                         // for what would hold a loop up: large imports
  Loop background_{"background", Loop::Share::what_is_left};  // and for what nobody waits for besides
  std::unique_ptr<Certificates> certificates_;
  std::unique_ptr<Reload> reload_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<TpmPart> tpm_part_;
  std::unique_ptr<Flows> flows_;
  std::unique_ptr<DenyPart> deny_part_;
  std::unique_ptr<Endpoints> endpoints_;
  std::unique_ptr<LinkPart> link_part_;
  std::unique_ptr<ReportPart> report_part_;
  std::unique_ptr<SitePart> site_part_;
  std::unique_ptr<Signals> signals_;   // held to the very end: a second SIGTERM must not cut a stop short
  std::unique_ptr<Wakeup> stop_;       // asked to stop
  std::unique_ptr<Wakeup> all_ended_;  // a begun task has ended
  bool asked_to_stop_ = false;
  bool ready_ = false;       // and systemd was told
  bool moves_keys_ = false;  // of groups, into the TPM
  int running_ = 0;
  Exit exit_ = Exit::stopped;
};

}  // namespace leafgate
