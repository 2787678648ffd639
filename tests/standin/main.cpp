// dps-standin: DPS for tests and the demo, with faults that are switched at run time: its device API over
// HTTPS, MQTT and MQTT over WebSocket, the reads of its service API, and a hub to be assigned to. It shares
// no code with the gateway, so that a mistake in one is not repeated in the other.

#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <stdexcept>

#include <boost/asio/signal_set.hpp>

#include "tests/standin/control_api.hpp"
#include "tests/standin/http_talk.hpp"
#include "tests/standin/mqtt_talk.hpp"
#include "tests/standin/options.hpp"
#include "tests/standin/server.hpp"
#include "tests/standin/web_socket_talk.hpp"

namespace leafgate::standin {
namespace {

// One number a line. Whoever waits for the file must never see it half written.
void write_port_file(const std::string& file, const std::string& ports) {
  if (file.empty()) return;
  const std::string fresh = file + ".new";
  std::ofstream(fresh) << ports;
  if (std::rename(fresh.c_str(), file.c_str()) != 0) throw std::runtime_error("cannot write " + file);
}

std::string announce(const char* what, const Server& server) {
  std::cout << what << " " << server.endpoint() << std::endl;
  return std::to_string(server.endpoint().port()) + "\n";
}

void load_faults(const std::string& file, Faults& faults) {
  if (file.empty()) return;
  std::ifstream in(file);
  const auto rules = nlohmann::json::parse(in);
  for (const auto& rule : rules.is_array() ? rules : nlohmann::json::array({rules})) faults.add(rule);
}

class Program {
 public:
  explicit Program(const Options& options)
      : instance_{options.settings,
                  Enrollments::load(options.enrollments),
                  Registrations(options.hubs, options.state),
                  {},
                  std::chrono::system_clock::now,
                  {}},
        certificate_(server_context(options.certificate, options.key, options.tls)) {
    instance_.enrollments.succeed({}, instance_.now());
    load_faults(options.faults, instance_.faults);
    if (options.log_file.empty()) return;
    log_file_.open(options.log_file, std::ios::app);
    instance_.log = [this](const std::string& line) { log_file_ << line << std::endl; };
  }

  // The line and the port file of the device API come last: by then everything else listens.
  void listen(const Options& options) {
    const auto device = [this](const Request& request) { return device_api_.handle(request); };
    const auto either = [this](const Request& request) {
      return ServiceApi::owns(request) ? service_api_.handle(request) : device_api_.handle(request);
    };
    const auto refuse = [this] { return instance_.faults.take_refusal(); };
    https_ = serve(options.listen, certificate_,
                   http_talk(either, web_socket_talk(mqtt_talk(device, "mqtt-ws"))), refuse);
    if (!options.mqtt_listen.empty()) {
      mqtt_ = serve(options.mqtt_listen, certificate_, mqtt_talk(device, "mqtt"), refuse);
      write_port_file(options.mqtt_port_file, announce("mqtt", *mqtt_));
    }
    listen_as_hub(options);
    if (!options.control.empty()) {
      control_api_.emplace(
          ControlApi::Parts{instance_, device_api_, service_api_, hub_book_, *https_, mqtt_.get()});
      const auto control = [this](const Request& request) { return control_api_->handle(request); };
      control_ = serve(options.control, nullptr, http_talk(control), nullptr);
      write_port_file(options.control_file, announce("control", *control_));
    }
    write_port_file(options.port_file, announce("listening", *https_));
  }

  void run() {
    boost::asio::signal_set signals(io_, SIGTERM, SIGINT);
    signals.async_wait([this](boost::system::error_code, int) { io_.stop(); });
    io_.run();
  }

 private:
  std::unique_ptr<Server> serve(const std::string& at, std::shared_ptr<boost::asio::ssl::context> context,
                                Speak speak, std::function<bool()> refuse) {
    return std::make_unique<Server>(io_, parse_endpoint(at), std::move(context), std::move(speak),
                                    std::move(refuse));
  }

  void listen_as_hub(const Options& options) {
    std::string ports;
    for (const std::string& at : options.hub_listen) {
      const auto context = server_context(options.hub_certificate, options.hub_key);
      hubs_.push_back(serve(at, context, hub_talk(hub_book_), nullptr));
      ports += announce("hub", *hubs_.back());
    }
    if (!hubs_.empty()) write_port_file(options.hub_port_file, ports);
  }

  std::ofstream log_file_;
  Instance instance_;
  DeviceApi device_api_{instance_};
  ServiceApi service_api_{instance_};
  HubBook hub_book_;
  std::shared_ptr<boost::asio::ssl::context> certificate_;
  boost::asio::io_context io_{1};
  std::unique_ptr<Server> https_;
  std::unique_ptr<Server> mqtt_;
  std::vector<std::unique_ptr<Server>> hubs_;
  std::optional<ControlApi> control_api_;
  std::unique_ptr<Server> control_;
};

}  // namespace
}  // namespace leafgate::standin

int main(int argc, char** argv) {
  leafgate::standin::Options options;
  const int status = leafgate::standin::parse_options(argc, argv, options);
  if (status >= 0) return status;
  std::signal(SIGPIPE, SIG_IGN);
  try {
    leafgate::standin::Program program(options);
    program.listen(options);
    program.run();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "dps-standin: " << error.what() << "\n";
    return 1;
  }
}
