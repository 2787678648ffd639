#pragma once

#include <memory>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace leafgate::leaf {

// What came back; `status` 0: nothing did, `failure` says why.
struct Reply {
  int status = 0;   // HTTP's, or the one in the topic
  int connack = 0;  // the return code that turned us away, over MQTT
  std::optional<long> retry_after;
  nlohmann::json body;
  std::string failure;
};

// Where the leaf registers and as whom.
struct Door {
  std::string host;
  std::string port;
  std::string server_name;  // of its certificate, and SNI
  std::string ca_file;
  std::string id_scope;
  std::string registration_id;
  std::string client;            // User-Agent or ClientVersion
  bool same_connection = false;  // over MQTT a new password is tried by a second CONNECT where the first was
};

// The two requests of a device, each blocking until it is answered. An empty token sends none.
class Way {
 public:
  virtual ~Way() = default;
  virtual Reply put(const nlohmann::json& body, const std::string& token) = 0;
  virtual Reply poll(const std::string& operation, const std::string& token) = 0;
};

std::unique_ptr<Way> https_way(const Door& door);
// A token travels as the password of the connection, so that a new one takes a new connection.
std::unique_ptr<Way> mqtt_way(const Door& door);

}  // namespace leafgate::leaf
