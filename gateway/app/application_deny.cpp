// Who is kept out: the lists, who may sign them, and where they are fetched.
#include "gateway/app/application_parts.hpp"
#include "gateway/app/config_value.hpp"
#include "gateway/app/figures.hpp"
#include "gateway/app/http_places.hpp"
#include "gateway/app/settings.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

net::HttpClientLimits fetch_limits() {
  net::HttpClientLimits limits;
  limits.body = wire::largest_deny_list;
  limits.idle_connections = 0;  // the next time is minutes away
  return limits;
}

}  // namespace

Application::DenyPart::DenyPart(Application& app, Flows& flows)
    : desk(app.loops_.front()->executor(),
           {app.store_->denials(), flows.gatekeeper, flows.ledger, flows.forwarder, flows.admission,
            &flows.passes, app.clock_, Audited(app.store_->audit_log(), app.clock_, flows.events)},
           IdScope::parse(app.config_.id_scope).value(), app.files_.deny_signer) {
  if (app.files_.no_deny_tls) desk.note_fetch_trouble(app.files_.no_deny_tls->detail);
  if (!app.files_.deny_tls) return;
  const Executor loop = app.loops_.front()->executor();
  const HttpsUrl url = parse_https_url(app.config_.deny_url).value();
  connector = std::make_unique<net::Connector>(loop, app.files_.deny_tls);
  app.use_proxy(*connector);
  http = std::make_unique<net::HttpClient>(http_authority(url.host, url.port),
                                           connect_to(*connector, http_target(url.host, url.port)),
                                           fetch_limits());
  service::DenyFetch::Ports ports{
      *http, desk, app.random_, app.pool_.executor(),
      [this](std::string trouble) { desk.note_fetch_trouble(std::move(trouble)); }};
  fetch = std::make_unique<service::DenyFetch>(loop, std::move(ports), url.path, app.config_.deny_every);
}

// Before anybody is answered.
Task<Result<void>> Application::bring_up_deny() {
  deny_part_ = std::make_unique<DenyPart>(*this, *flows_);
  // What the TPM counts moves on with each list, so that a store that was set back behind it is noticed.
  deny_part_->desk.on_number([this] { tpm_part_->checkpoints.key_changed(); });
  auto loaded = co_await deny_part_->desk.load();
  co_return loaded;
}

void Application::run_deny() {
  if (deny_part_->fetch) begin(deny_part_->fetch->run());
}

void Application::stop_deny() {
  if (!deny_part_ || !deny_part_->fetch) return;
  deny_part_->fetch->stop();
  deny_part_->connector->stop();
}

}  // namespace leafgate
