#pragma once

#include <string>

#include "tests/standin/device_api.hpp"
#include "tests/standin/hub_talk.hpp"
#include "tests/standin/service_api.hpp"

namespace leafgate::standin {

class Server;

// What the test asks and switches while the stand-in runs: plain HTTP on a loopback port, JSON both ways.
//   POST /faults (a rule or an array)   GET /faults   DELETE /faults
//   GET /registrations   GET /registrations/{id}   DELETE /registrations   GET /stats
//   POST /down ({"connections":"keep"} leaves live ones)   POST /up   (HTTPS and MQTT; hubs stay)
//   PUT /enrollments (as the file)   POST /settings
//   ({"polls":N,"retry_after":S,"page_size":N,"empty_pages":N})
class ControlApi {
 public:
  struct Parts {
    Instance& instance;
    const DeviceApi& device_api;
    const ServiceApi& service_api;
    const HubBook& hub_book;
    Server& https;
    Server* mqtt;  // null: not served
  };
  // What the parts refer to must outlive this object.
  explicit ControlApi(const Parts& parts) : parts_(parts) {}

  Response handle(const Request& request);

 private:
  nlohmann::json route(const Request& request);
  nlohmann::json faults(const Request& request);
  nlohmann::json registrations(const Request& request);
  nlohmann::json settings(const Request& request);
  nlohmann::json stats() const;

  Parts parts_;
};

}  // namespace leafgate::standin
