// How the parts are made from the configuration, and in which order they come up.
#include "gateway/app/application.hpp"

#include <algorithm>
#include <filesystem>
#include <thread>

#include "gateway/app/application_parts.hpp"
#include "gateway/app/config_checks.hpp"
#include "gateway/app/http_places.hpp"
#include "gateway/app/named_files.hpp"
#include "gateway/app/settings.hpp"
#include "gateway/model/version.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

net::Target service_target(const Config& config) {
  return http_target(config.service_host, config.service_port);
}

// How long opening the store may take: checking a large database, and copying it before a migration, goes by
// its size, here by that of a slow flash.
std::chrono::microseconds time_to_open(const std::string& state_dir) {
  std::error_code none;
  const auto octets = std::filesystem::file_size(state_dir + "/leafgate.db", none);
  return std::chrono::seconds(60) + std::chrono::seconds(none ? 0 : octets / 1'000'000);
}

constexpr unsigned most_loops_by_default = 16;  // more than a site's uplink has work for, and within TasksMax
constexpr std::chrono::seconds look_at_accounts{1};  // a directory that is away answers much later, or never

}  // namespace

Application::Flows::Flows(Application& app, const SiteState& state)
    : meter(state.powered),
      penalties(penalty_limits_of(app.config_)),
      sources(penalties),
      ledger(app.store_->enrollments(), app.store_->registrations()),
      group_keys({app.tpm_part_->tpm, app.store_->trust(), app.random_, app.store_->enrollments(),
                  app.store_->derived_keys(), ledger}),
      connector(app.loops_.front()->executor(), app.files_.client_tls),
      http(service_address(app.config_), connect_to(connector, service_target(app.config_))),
      service(app.loops_.front()->executor(), http, IdScope::parse(app.config_.id_scope).value()),
      delegated(app.loops_.front()->executor(), connector, service_target(app.config_),
                service_address(app.config_), IdScope::parse(app.config_.id_scope).value()),
      passes(app.loops_.front()->executor(), app.clock_),
      gatekeeper(app.clock_),
      outages(app.loops_.front()->executor(), app.store_->reconciliations(), app.clock_, meter),
      ports{app.store_->registrations(),
            ledger,
            service,
            app.store_->trust(),
            app.clock_,
            app.random_,
            meter,
            &events,
            &passes,
            &app.tpm_part_->derivations,
            app.delegation_ ? &delegated : nullptr,
            &untimed,
            &gatekeeper,
            &outages},
      forwarder(app.loops_.front()->executor(), ports, forward_options_of(app.config_),
                IdScope::parse(app.config_.id_scope).value()),
      findings(ports),
      doors(app.loops_.front()->executor(), app.clock_),
      admission(app.loops_.front()->executor(), policy_of(app.config_), ports, forwarder, doors,
                attempt_limits_of(app.config_)),
      bridge_desk(app.loops_.front()->executor(), {ledger, app.store_->trust(), app.clock_, admission.doubt(),
                                                   Audited(app.store_->audit_log(), app.clock_, events),
                                                   &app.tpm_part_->derivations, &gatekeeper.denied}),
      time_watch(app.loops_.front()->executor(),
                 {app.clock_, ledger, forwarder, admission, untimed, &events}) {
  doors.report_to(sources);
  admission.report_to(sources);
  passes.set_hubs_matter(app.config_.tunnel && app.config_.tunnel_hubs == "assigned");
  app.use_proxy(connector);
  if (app.files_.no_client_tls) connector.bar(*app.files_.no_client_tls);
}

Application::Endpoints::Endpoints(Application& app, Flows& flows)
    : reporter(flows.doors, metrics),
      mqtt({flows.admission, flows.doors, app.clock_, app.random_}, mqtt_limits_of(app.config_)),
      mqtt_ws({flows.admission, flows.doors, app.clock_, app.random_}, mqtt_limits_of(app.config_),
              Transport::mqtt_ws),
      https({flows.admission, flows.doors, app.clock_, app.random_}, https_limits_of(app.config_), mqtt_ws),
      listener(app.executors(), listener_limits_of(app.config_), reporter, flows.penalties) {}

Application::Application(Config config, std::string file, Environment environment)
    : config_(std::move(config)),
      file_(std::move(file)),
      environment_(std::move(environment)),
      clock_(config_.clock_synchronized_file, SystemClock::build_time()) {
  config_.name = gateway_name(config_);
  const bool has_link = !config_.serial.empty() || !config_.broker_uri.empty();
  if (has_link && crypto::can_delegate()) delegation_.emplace();
}

Application::~Application() = default;

std::vector<Executor> Application::executors() {
  std::vector<Executor> all;
  for (auto& loop : loops_) all.push_back(loop->executor());
  return all;
}

std::optional<Exit> Application::prepare() {
  const auto cores = std::clamp(std::thread::hardware_concurrency(), 1U, most_loops_by_default);
  const std::size_t loops = config_.loops > 0 ? static_cast<std::size_t>(config_.loops) : cores;
  for (std::size_t i = 0; i < loops; ++i)
    loops_.push_back(std::make_unique<Loop>("loop-" + std::to_string(i)));

  if (const auto failed = load_files()) return failed;
  StoreOptions options;
  options.path = config_.state_dir;
  options.on_fault = [this](const Error& error) {
    boost::asio::post(loops_.front()->executor(),
                      [this, detail = error.detail] { ask_to_stop(Exit::store_fault, detail); });
  };
  notify("EXTEND_TIMEOUT_USEC=" + std::to_string(time_to_open(config_.state_dir).count()));
  auto store = Store::open(std::move(options), random_);
  if (!store) {
    log::error("cannot open the store", {{"state_dir", config_.state_dir}, {"detail", store.error().detail}});
    return exit_of(store.error());
  }
  store_ = std::move(*store);
  return std::nullopt;
}

// Tells all there is to mend at once.
std::optional<Exit> Application::load_files() {
  certificates_ = std::make_unique<Certificates>(executors(), pool_.executor(), clock_,
                                                 KeptCertificates(config_.state_dir));
  files_ = read_named_files(config_);
  std::vector<Error> mistakes = files_.mistakes;
  for (const std::string& mistake : mistakes_of_link(config_))
    mistakes.emplace_back(Errc::malformed, mistake);
  const WantedPairs pairs = wanted_pairs(config_);
  const auto loaded = certificates_->load(pairs);
  if (!loaded) mistakes.push_back(with_key(pairs.main, loaded.error()));
  for (const Error& missing : files_.missing())
    log::warning("a file cannot be used, and the start goes on without it", {{"detail", missing.detail}});
  for (const Error& mistake : mistakes) log::error("cannot start", {{"detail", mistake.detail}});
  return exit_of(mistakes);
}

// Without its credentials nobody goes around it either.
void Application::use_proxy(net::Connector& connector) const {
  if (config_.service_proxy.empty()) return;
  if (files_.no_proxy_credentials) return connector.bar(*files_.no_proxy_credentials);
  const ProxyAddress proxy = parse_proxy(config_.service_proxy).value();
  connector.use_proxy({proxy.host, proxy.port, files_.proxy_credentials});
}

Task<Result<void>> Application::bring_up() {
  auto state = co_await store_->site_state().load();
  if (!state) co_return state.error();
  clock_.raise_floor(state->latest_wall);
  auto tpm = co_await bring_up_tpm();
  if (!tpm) co_return tpm.error();
  flows_ = std::make_unique<Flows>(*this, *state);
  if (files_.service_api) flows_->service_api = std::make_unique<ServiceApi>(*this, *flows_);
  auto denials = co_await bring_up_deny();
  if (!denials) co_return denials.error();
  flows_->passes.on_ended([this](const PassedSession& session) { hear_of(session); });
  flows_->passes.on_shown([this](auto connection, std::string address, crypto::Certificate certificate) {
    begin(deny_part_->desk.look_at(std::move(connection), std::move(address), std::move(certificate)));
  });
  auto loaded = co_await flows_->forwarder.load();
  if (loaded) loaded = co_await flows_->passes.load(store_->registrations());
  if (loaded) loaded = co_await flows_->outages.load();
  if (!loaded) co_return loaded.error();
  prepare_reload();
  run_tpm();
  auto opened = open_endpoints();
  if (!opened) co_return opened.error();
  auto listed = co_await site_part_->commissioning.load();
  if (!listed) co_return listed.error();
  begin(flows_->forwarder.run());
  begin(flows_->admission.run());
  watch_time();
  begin(flows_->outages.run(flows_->forwarder));
  if (flows_->service_api) begin(flows_->service_api->learner.run());
  run_deny();
  if (flows_->service_api) begin(flows_->service_api->sync.run());
  Housekeeping::Hooks hooks;
  hooks.alive = [this] { return all_alive(); };
  hooks.notify = [this](const std::string& said) { notify(said); };
  hooks.status_line = [this] { return status_line(); };
  hooks.watchdog = environment_.watchdog;
  hooks.keep_more = [this] { return keep_noted_ends(flows_->ledger, store_->confirmations()); };
  flows_->housekeeping = std::make_unique<Housekeeping>(loops_.front()->executor(), store_->site_state(),
                                                        flows_->meter, clock_, std::move(hooks));
  begin(flows_->housekeeping->run());
  endpoints_->listener.start();
  open_link();
  begin_history();
  begin(endpoints_->accounts->run());
  // So that who is told that it is ready may do at once what he may; and no longer.
  co_await endpoints_->accounts->first_look(LoopClock::now() + look_at_accounts);
  begin(endpoints_->status->run());
  begin(reload_->run());
  begin(endpoints_->metrics_export->write());
  begin(endpoints_->metrics_export->serve());
  co_return Result<void>();
}

void Application::prepare_reload() {
  Reload::Hooks hooks;
  hooks.read = [file = file_] {
    auto read = load_config(file);
    auto* config = std::get_if<Config>(&read);
    if (config != nullptr) config->name = gateway_name(*config);
    return read;
  };
  hooks.apply = [this](const Config& config) { apply(config); };
  // Its end says READY=1: that is not for it to say first.
  hooks.notify = [this](const std::string& said) {
    if (ready_) notify(said);
  };
  reload_ = std::make_unique<Reload>(loops_.front()->executor(), pool_.executor(), config_, *certificates_,
                                     clock_, std::move(hooks));
}

void Application::apply(const Config& config) {
  flows_->admission.set_policy(policy_of(config));
  flows_->forwarder.set_options(forward_options_of(config));
  flows_->desk->set_names(config.name, config.site, config.labels);
  store_->receipt_log().set_gateway(config.name);
  if (flows_->service_api) flows_->service_api->apply(config);
  tpm_part_->own->set_hub_suffixes(config.hub_suffixes);
  endpoints_->hub_suffixes.set(config.hub_suffixes);
  endpoints_->metrics_export->write_to(config.metrics_textfile);
}

Result<void> Application::open_endpoints() {
  endpoints_ = std::make_unique<Endpoints>(*this, *flows_);
  make_tunnel();
  make_link();
  GatewayFacts facts;
  facts.version = version();
  facts.name = config_.name;
  facts.site = config_.site;
  facts.labels = config_.labels;
  facts.service = service_address(config_);
  auto opened = open_door(Transport::mqtt, config_.mqtt_listen, &endpoints_->mqtt, facts.listening);
  if (opened) opened = open_door(Transport::https, config_.https_listen, &endpoints_->https, facts.listening);
  if (opened && config_.tunnel)
    opened = open_door(Transport::tunnel, config_.tunnel_listen, nullptr, facts.listening);
  if (!opened) return opened.error();
  facts.connections = [this] { return endpoints_->listener.established(); };
  facts.certificates_left = [this] { return certificates_->left(); };
  facts.troubles = [this] { return troubles(); };
  facts.names = [this] { return site_names(); };
  DeskPorts ports{store_->enrollments(), store_->registrations(), store_->monitor(),
                  flows_->ledger,        store_->trust(),         clock_,
                  flows_->meter,         flows_->forwarder,       flows_->admission,
                  flows_->doors,         store_->audit_log(),     flows_->events,
                  &flows_->passes,       &flows_->group_keys,     &store_->receipt_log()};
  flows_->doors.tell_to(flows_->events);
  flows_->desk = std::make_unique<Desk>(loops_.front()->executor(), ports, std::move(facts));
  begin(flows_->desk->run());
  make_site();
  follow_outages();
  opened = open_status_socket();
  if (opened) open_metrics();
  if (opened) close_unused_sockets();
  return opened;
}

// systemd goes on to hold them, and the kernel to accept there: only who reads this can mend it.
void Application::close_unused_sockets() {
  std::vector<std::string> named = listen_addresses(config_);
  if (!config_.metrics_listen.empty()) named.push_back(config_.metrics_listen);
  for (const net::UnusedSocket& socket : net::unused_sockets(environment_.descriptors, named)) {
    log::warning("systemd opened a socket that no listen key names: who comes there is never answered",
                 {{"address", socket.name}});
    unused_sockets_.push_back(socket.name);
    std::erase(environment_.descriptors, socket.descriptor);
    const net::OwnedDescriptor closed(socket.descriptor);
  }
}

// One kind of door at each of its addresses; tells in `listening` what was opened.
Result<void> Application::open_door(Transport transport, const std::vector<ListenAddress>& addresses,
                                    net::StreamHandler* handler, std::vector<std::string>& listening) {
  const net::Router router = [this, handler](const net::PeerInfo& peer, std::size_t loop) {
    return route(peer, loop, handler);
  };
  for (ListenAddress address : addresses) {
    auto port = endpoints_->listener.listen(to_text(address), router, environment_.descriptors);
    if (!port) return port.error();
    address.port = *port;
    add_own_address(address.address, *port);
    endpoints_->reporter.serves(*port, transport);
    listening.push_back(std::string(to_text(transport)) + " " + to_text(address));
    log::notice("listening", {{"transport", to_text(transport)}, {"address", to_text(address)}});
  }
  return {};
}

}  // namespace leafgate
