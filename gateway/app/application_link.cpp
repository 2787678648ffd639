// Leaves without IP: their messages, the lines and the broker that carry them.
#include "adapters/serial/tty_device.hpp"
#include "adapters/wire/leaf_cbor.hpp"
#include "gateway/app/application_parts.hpp"
#include "gateway/app/settings.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

// What the leaf of a message calls itself, for the list of a line's leaves.
std::string name_in(ByteView message) {
  const auto read = wire::read_leaf_message(message);
  const auto* request = read ? std::get_if<wire::LeafRegister>(&read->body) : nullptr;
  return request != nullptr ? request->registration_id : std::string();
}

Error not_configured() { return {Errc::not_found, "no such line"}; }

}  // namespace

Application::LinkPart::LinkPart(Application& app, Flows& flows)
    : vouchers({flows.ledger, app.store_->trust(), app.store_->link_identity(), &app.tpm_part_->derivations}),
      door(app.loops_.front()->executor(), {flows.admission, vouchers, flows.doors, app.clock_, app.random_},
           IdScope::parse(app.config_.id_scope).value()),
      desk(app.loops_.front()->executor(),
           {*this, vouchers, Audited(app.store_->audit_log(), app.clock_, flows.events)}) {
  const Executor loop = app.loops_.front()->executor();
  const auto device_of = [](const Executor& executor, const serial::LineConfig& config) {
    return serial::open_tty(executor, config);
  };
  if (!app.config_.serial.empty())
    serial =
        std::make_unique<serial::SerialLines>(loop, line_configs_of(app.config_), device_of, door, name_in);
  if (!app.config_.broker_uri.empty())
    broker_client = std::make_unique<broker::Endpoint>(loop, broker_settings_of(app.config_),
                                                       broker::Ports{door, app.random_});
}

std::vector<LineFacts> Application::LinkPart::lines() const {
  return serial ? serial->lines() : std::vector<LineFacts>();
}

std::optional<BrokerFacts> Application::LinkPart::broker() const {
  return broker_client ? std::optional(broker_client->facts()) : std::nullopt;
}

Task<Result<void>> Application::LinkPart::release(std::string name) {
  if (!serial) co_return not_configured();
  co_return co_await serial->release(std::move(name));
}

Task<Result<void>> Application::LinkPart::claim(std::string name) {
  if (!serial) co_return not_configured();
  co_return co_await serial->claim(std::move(name));
}

void Application::make_link() {
  if (config_.serial.empty() && config_.broker_uri.empty()) return;
  link_part_ = std::make_unique<LinkPart>(*this, *flows_);
}

// After the doors: what leaves say is judged by the same flows.
void Application::open_link() {
  if (!link_part_) return;
  if (!delegation_)
    log::warning("leaves without IP cannot sign for the service",
                 {{"detail", "this OpenSSL has no asynchronous jobs: leaves with a certificate wait"}});
  begin(link_part_->door.run());
  for (const SerialSection& line : config_.serial)
    log::notice("serving a line", {{"name", line.name}, {"path", line.path}, {"baud", line.baud}});
  if (link_part_->serial) link_part_->serial->start();
  if (!link_part_->broker_client) return;
  log::notice("serving a broker", {{"uri", config_.broker_uri}});
  link_part_->broker_client->start();
}

Task<void> Application::close_link() {
  if (!link_part_) co_return;
  link_part_->door.stop();
  if (link_part_->serial) co_await link_part_->serial->stop();
  if (link_part_->broker_client) co_await link_part_->broker_client->stop();
}

}  // namespace leafgate
