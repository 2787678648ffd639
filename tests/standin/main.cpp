// dps-standin: the device API of DPS and the reads of its service API for tests and the demo, with faults
// that are switched at run time. It shares no code with the gateway, so that a mistake in one is not repeated
// in the other.

#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <stdexcept>

#include <boost/asio/signal_set.hpp>

#include "tests/standin/control_api.hpp"
#include "tests/standin/http_talk.hpp"
#include "tests/standin/options.hpp"
#include "tests/standin/server.hpp"

namespace leafgate::standin {
namespace {

// Whoever waits for the file must never see it half written.
void write_port_file(const std::string& file, unsigned port) {
  if (file.empty()) return;
  const std::string fresh = file + ".new";
  std::ofstream(fresh) << port << "\n";
  if (std::rename(fresh.c_str(), file.c_str()) != 0) throw std::runtime_error("cannot write " + file);
}

void load_faults(const std::string& file, Faults& faults) {
  if (file.empty()) return;
  std::ifstream in(file);
  const auto rules = nlohmann::json::parse(in);
  for (const auto& rule : rules.is_array() ? rules : nlohmann::json::array({rules})) faults.add(rule);
}

int run(Options& options) {
  std::signal(SIGPIPE, SIG_IGN);
  boost::asio::io_context io(1);
  Instance instance{options.settings,
                    Enrollments::load(options.enrollments),
                    Registrations(options.hubs, options.state),
                    {},
                    std::chrono::system_clock::now,
                    {}};
  instance.enrollments.succeed({}, instance.now());
  load_faults(options.faults, instance.faults);
  std::ofstream log_file;
  if (!options.log_file.empty()) {
    log_file.open(options.log_file, std::ios::app);
    instance.log = [&log_file](const std::string& line) { log_file << line << std::endl; };
  }
  DeviceApi device_api(instance);
  ServiceApi service_api(instance);
  const auto answer = [&](const Request& request) {
    return ServiceApi::owns(request) ? service_api.handle(request) : device_api.handle(request);
  };
  Server server(io, parse_endpoint(options.listen), server_context(options.certificate, options.key),
                http_talk(answer), [&] { return instance.faults.take_refusal(); });
  ControlApi control_api(instance, device_api, service_api, server);

  std::unique_ptr<Server> control;
  if (!options.control.empty()) {
    control = std::make_unique<Server>(
        io, parse_endpoint(options.control), nullptr,
        http_talk([&](const Request& request) { return control_api.handle(request); }), nullptr);
    std::cout << "control " << control->endpoint() << std::endl;
    write_port_file(options.control_file, control->endpoint().port());
  }
  std::cout << "listening " << server.endpoint() << std::endl;
  write_port_file(options.port_file, server.endpoint().port());

  boost::asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&io](boost::system::error_code, int) { io.stop(); });
  io.run();
  return 0;
}

}  // namespace
}  // namespace leafgate::standin

int main(int argc, char** argv) {
  leafgate::standin::Options options;
  const int status = leafgate::standin::parse_options(argc, argv, options);
  if (status >= 0) return status;
  try {
    return leafgate::standin::run(options);
  } catch (const std::exception& error) {
    std::cerr << "dps-standin: " << error.what() << "\n";
    return 1;
  }
}
