#pragma once

#include <memory>
#include <string>

#include "adapters/https/endpoint.hpp"
#include "adapters/link/endpoint.hpp"
#include "adapters/mqtt/broker/endpoint.hpp"
#include "adapters/mqtt/endpoint.hpp"
#include "adapters/selftest/listener_visitor.hpp"
#include "adapters/selftest/service_visitor.hpp"
#include "adapters/serial/serial_lines.hpp"
#include "adapters/service/delegated_client.hpp"
#include "adapters/service/deny_fetch.hpp"
#include "adapters/service/dps_device_client.hpp"
#include "adapters/service/dps_service_client.hpp"
#include "adapters/status/endpoint.hpp"
#include "adapters/status/user_names.hpp"
#include "adapters/tpm/esys_tpm.hpp"
#include "adapters/tunnel/endpoint.hpp"
#include "adapters/wire/deny_list.hpp"
#include "gateway/app/accounts.hpp"
#include "gateway/app/application.hpp"
#include "gateway/app/door_reporter.hpp"
#include "gateway/app/housekeeping.hpp"
#include "gateway/app/hub_suffixes.hpp"
#include "gateway/app/metrics_export.hpp"
#include "gateway/app/site_history.hpp"
#include "gateway/app/source_keeper.hpp"
#include "gateway/flows/backup_desk.hpp"
#include "gateway/flows/bridge_desk.hpp"
#include "gateway/flows/checkpoints.hpp"
#include "gateway/flows/commissioning_desk.hpp"
#include "gateway/flows/custody.hpp"
#include "gateway/flows/deny_desk.hpp"
#include "gateway/flows/derivations.hpp"
#include "gateway/flows/desk.hpp"
#include "gateway/flows/events.hpp"
#include "gateway/flows/gatekeeper.hpp"
#include "gateway/flows/learner.hpp"
#include "gateway/flows/line_desk.hpp"
#include "gateway/flows/link_vouchers.hpp"
#include "gateway/flows/outage_desk.hpp"
#include "gateway/flows/outages.hpp"
#include "gateway/flows/own_registration.hpp"
#include "gateway/flows/passes.hpp"
#include "gateway/flows/proof_end.hpp"
#include "gateway/flows/renewals.hpp"
#include "gateway/flows/self_check.hpp"
#include "gateway/flows/sync_desk.hpp"
#include "gateway/flows/time_watch.hpp"
#include "gateway/flows/tpm_desk.hpp"
#include "gateway/net/connector.hpp"
#include "gateway/net/http_client.hpp"
#include "gateway/net/listener.hpp"
#include "gateway/net/penalties.hpp"
#include "gateway/ports/lines.hpp"
#include "gateway/runtime/metrics.hpp"

namespace leafgate {

// What the service's own API tells: of leaves that were passed through to it, of enrollments, and where their
// leaves are. First loop only.
struct Application::ServiceApi {
  ServiceApi(Application& app, Flows& flows);

  void apply(const Config& config);  // on reload
  [[nodiscard]] std::vector<DegradedMode> troubles() const;

  net::HttpClient http;
  service::DpsServiceClient client;
  ApiPace pace;
  Learner learner;
  Whereabouts whereabouts;
  Sync sync;
  SyncDesk desk;
};

// The gateway's own TPM and what hangs on it. First loop only.
struct Application::TpmPart {
  explicit TpmPart(Application& app);
  ~TpmPart();

  [[nodiscard]] Result<crypto::Secret> counter_auth_copy() const;

  tpm::EsysTpm tpm;
  crypto::Secret counter_auth;  // empty: out of reach
  bool restored = false;        // by an operator, once
  Custody custody;
  Checkpoints checkpoints;
  Derivations derivations;
  std::unique_ptr<OwnRegistration> own;  // these two when the flows are there
  std::unique_ptr<TpmDesk> desk;
  std::unique_ptr<BackupDesk> backup_desk;
};

// Leaves without IP. First loop only; made when there are lines or a broker.
struct Application::LinkPart final : Lines {
  LinkPart(Application& app, Flows& flows);

  [[nodiscard]] std::vector<LineFacts> lines() const override;
  [[nodiscard]] std::optional<BrokerFacts> broker() const override;
  Task<Result<void>> release(std::string name) override;
  Task<Result<void>> claim(std::string name) override;

  DeskVouchers vouchers;
  link::Endpoint door;
  std::unique_ptr<serial::SerialLines> serial;
  std::unique_ptr<broker::Endpoint> broker_client;
  LineDesk desk;
};

// Who is kept out. First loop only; made behind the flows, and gone before them.
struct Application::DenyPart {
  DenyPart(Application& app, Flows& flows);

  DenyDesk desk;
  std::unique_ptr<net::Connector> connector;  // these three where deny.url is set
  std::unique_ptr<net::HttpClient> http;
  std::unique_ptr<service::DenyFetch> fetch;
};

// The past of the way to the service. First loop only.
struct Application::ReportPart {
  explicit ReportPart(Executor loop) : pause(std::move(loop)) {}
  SiteHistory history;
  Wakeup pause;
  bool stopping = false;
};

// What a site is handed over with. First loop only; made when the desk is there.
struct Application::SitePart {
  SitePart(Application& app, Flows& flows);

  static SelfCheck::Facts facts_of(Application& app);

  CommissioningDesk commissioning;
  selftest::Listeners listeners;
  selftest::ServiceLook service;
  SelfCheck check;
};

// Everything between the store and the doors; made when the store has told its state. First loop only.
struct Application::Flows {
  Flows(Application& app, const SiteState& state);

  PoweredMeter meter;
  net::Penalties penalties;  // what the doors hold against addresses
  SourceKeeper sources;
  Ledger ledger;
  GroupKeys group_keys;
  net::Connector connector;
  net::HttpClient http;
  service::DpsDeviceClient service;
  service::DelegatedClient delegated;
  Events events;
  Passes passes;
  UntimedProofs untimed;
  Gatekeeper gatekeeper;
  Outages outages;
  ForwardPorts ports;
  Forwarder forwarder;
  Findings findings;
  Doors doors;
  Admission admission;
  std::unique_ptr<ServiceApi> service_api;  // where a credential for it is given
  std::unique_ptr<Desk> desk;               // made when the ports are known: it tells them
  BridgeDesk bridge_desk;
  TimeWatch time_watch;
  std::unique_ptr<OutageDesk> outage_desk;  // these two with the desk
  std::unique_ptr<Renewals> renewals;
  std::unique_ptr<Housekeeping> housekeeping;
};

// The doors: leaves over MQTT on every loop, engineers over the status socket on the first one.
struct Application::Endpoints {
  Endpoints(Application& app, Flows& flows);

  Metrics metrics;
  DoorReporter reporter;
  mqtt::Endpoint mqtt;
  mqtt::Endpoint mqtt_ws;
  https::Endpoint https;
  HubSuffixes hub_suffixes;
  std::unique_ptr<tunnel::Endpoint> tunnel;  // where [tunnel] stands
  net::Listener listener;                    // one for all doors of leaves: they share their limits
  std::unique_ptr<MetricsExport> metrics_export;
  std::optional<DegradedMode> metrics_trouble;  // while metrics.listen cannot be had
  status::UserNames user_names;
  std::unique_ptr<status::Routes> routes;
  std::unique_ptr<Accounts> accounts;
  std::unique_ptr<status::Endpoint> status;
};

}  // namespace leafgate
