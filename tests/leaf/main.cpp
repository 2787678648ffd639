// dps-leaf: what a DPS device says over MQTT and TLS, in the manner of each public SDK, one device or a
// storm. It shares no code with the gateway, so that a mistake in one is not repeated in the other.

#include <csignal>
#include <iostream>

#include "tests/leaf/options.hpp"

namespace leafgate::leaf {
namespace {

using Verdict = Outcome::Verdict;

int exit_status(Verdict verdict) {
  switch (verdict) {
    case Verdict::assigned:
    case Verdict::waiting:
      return 0;
    case Verdict::refused:
      return 1;
    case Verdict::no_answer:
      return 3;
    case Verdict::broken:
      return 4;
  }
  return 3;
}

nlohmann::json describe(const std::string& id, const Outcome& o, std::chrono::microseconds took) {
  nlohmann::json line{{"registrationId", id},
                      {"status", o.status},
                      {"operationId", o.operation_id},
                      {"millis", static_cast<double>(took.count()) / 1000}};
  if (o.verdict == Verdict::assigned) {
    line["assignedHub"] = o.hub;
    line["deviceId"] = o.device_id;
    line["direct"] = o.direct;
    if (!o.payload.is_null()) line["payload"] = o.payload;
    return line;
  }
  if (o.http_status != 0) line["httpStatus"] = o.http_status;
  if (o.connack != 0) line["connack"] = o.connack;
  if (o.error_code != 0) line["errorCode"] = o.error_code;
  if (!o.message.empty()) line["message"] = o.message;
  return line;
}

int run_one(boost::asio::io_context& io, boost::asio::ssl::context& context, const Options& o,
            Journal& journal) {
  const FleetPlan& plan = o.plan;
  LeafSettings settings;
  settings.id_scope = plan.id_scope;
  settings.registration_id = plan.id_prefix;
  settings.device_key =
      plan.group_key.empty() ? plan.device_key : derive_key(plan.group_key, settings.registration_id);
  settings.family = plan.families.front();
  settings.payload = plan.payload;
  settings.qos = plan.qos;
  settings.sr = plan.sr;
  settings.direct_only = plan.direct_only;
  int status = 3;
  const auto done = [&](const Outcome& outcome, std::chrono::microseconds took) {
    status = exit_status(outcome.verdict);
    std::cout << describe(plan.id_prefix, outcome, took)
                     .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
              << std::endl;
  };
  std::make_shared<Device>(io.get_executor(), context, o.link, boost::asio::ip::address_v4(), settings,
                           journal, done)
      ->start();
  io.run();
  return status;
}

int run(Options& o) {
  std::signal(SIGPIPE, SIG_IGN);
  boost::asio::io_context io(1);
  boost::asio::ip::tcp::resolver resolver(io);
  o.link.gateway = resolver.resolve(o.host, o.port).begin()->endpoint();
  const auto context = client_context(o.ca_file, o.tls, o.certificate_file, o.certificate_key);
  Journal journal(o.plan.journal);
  if (!o.fleet) return run_one(io, *context, o, journal);
  Fleet fleet(io, *context, o.link, o.plan, journal);
  std::cout << fleet.run().dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
  return fleet.exit_status();
}

}  // namespace
}  // namespace leafgate::leaf

int main(int argc, char** argv) {
  leafgate::leaf::Options options;
  const int status = leafgate::leaf::parse_options(argc, argv, options);
  if (status >= 0) return status;
  try {
    return leafgate::leaf::run(options);
  } catch (const std::exception& error) {
    std::cerr << "dps-leaf: " << error.what() << "\n";
    return 3;
  }
}
