#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

#include <mqtt/async_client.h>
#include <poll.h>

#include "adapters/leaf/program/carrier.hpp"
#include "adapters/leaf/program/clock.hpp"
#include "adapters/leaf/program/text.hpp"

namespace leafgate::device {
namespace {

using std::chrono::milliseconds;

constexpr int qos = 1;
constexpr milliseconds connect_time{10000};
constexpr milliseconds publish_time{5000};
constexpr unsigned first_pause_ms = 500;
constexpr unsigned longest_pause_ms = 30000;

// Paho's own names for the two kinds of transport.
std::string paho_uri(const std::string& uri) {
  const auto after = [&](std::string_view scheme) { return uri.substr(scheme.size()); };
  if (uri.starts_with("mqtts://")) return "ssl://" + after("mqtts://");
  if (uri.starts_with("mqtt://")) return "tcp://" + after("mqtt://");
  throw std::runtime_error("--broker is mqtt://HOST:PORT or mqtts://HOST:PORT");
}

// The leaf's two topics on the site's broker. MQTT 5, or 3.1.1 where the broker knows no other. The client id
// is the registrationId, so that an access list can tie the topics to it.
class Broker final : public Carrier {
 public:
  explicit Broker(const Options& o)
      : uri_(paho_uri(o.broker)),
        id_(o.registration_id),
        up_("leafgate/v1/" + id_ + "/up"),
        down_("leafgate/v1/" + id_ + "/down"),
        ca_file_(o.ca_file),
        username_(o.username),
        password_(o.password_file.empty() ? "" : read_line(o.password_file)) {}
  ~Broker() override { leave(); }
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  bool send(std::string_view octets) override {
    if (!is_up()) return false;
    try {
      return client_->publish(mqtt::make_message(up_, octets.data(), octets.size(), qos, false))
          ->wait_for(publish_time);
    } catch (const mqtt::exception& error) {
      trouble_ = error.what();
      return false;
    }
  }

  std::string receive(int ms) override {
    if (!is_up() && !connect()) {
      ::poll(nullptr, 0, std::clamp(ms, 1, static_cast<int>(pause_)));
      return {};
    }
    mqtt::const_message_ptr message;
    if (!client_->try_consume_message_for(&message, milliseconds(std::max(ms, 0)))) return {};
    if (message == nullptr) {
      trouble_ = "the connection was lost";
      leave();
      return {};
    }
    // Nobody who speaks to this leaf retains: what is kept for it is old.
    if (message->is_retained() || message->get_topic() != down_) return {};
    return message->to_string();
  }

  [[nodiscard]] bool is_up() const override { return client_ != nullptr && client_->is_connected(); }
  [[nodiscard]] std::string trouble() const override { return uri_ + ": " + trouble_; }

 private:
  bool connect() {
    const std::uint32_t now = now_ms();
    if (tried_ && now - tried_at_ < pause_) return false;
    pause_ = tried_ ? std::min(2 * pause_, longest_pause_ms) : first_pause_ms;
    tried_ = true;
    tried_at_ = now;
    if (!connect_by(MQTTVERSION_5) && !connect_by(MQTTVERSION_3_1_1)) return false;
    pause_ = first_pause_ms;
    return true;
  }

  bool connect_by(int version) {
    leave();
    try {
      client_ = std::make_unique<mqtt::async_client>(uri_, id_, mqtt::create_options(version));
      client_->start_consuming();
      mqtt::connect_options options;
      options.set_mqtt_version(version);
      if (version == MQTTVERSION_5)
        options.set_clean_start(true);
      else
        options.set_clean_session(true);
      options.set_connect_timeout(connect_time);
      options.set_keep_alive_interval(std::chrono::seconds(30));
      if (!username_.empty()) options.set_user_name(username_);
      if (!username_.empty()) options.set_password(password_);
      if (uri_.starts_with("ssl://")) options.set_ssl(secured());
      if (!client_->connect(options)->wait_for(connect_time)) throw mqtt::exception(MQTTASYNC_DISCONNECTED);
      if (!client_->subscribe(down_, qos)->wait_for(publish_time))
        throw mqtt::exception(MQTTASYNC_DISCONNECTED);
      return true;
    } catch (const mqtt::exception& error) {
      trouble_ = error.what();
      leave();
      return false;
    }
  }

  [[nodiscard]] mqtt::ssl_options secured() const {
    mqtt::ssl_options options;
    if (!ca_file_.empty()) options.set_trust_store(ca_file_);
    options.set_enable_server_cert_auth(true);
    options.set_verify(true);
    return options;
  }

  void leave() {
    if (client_ == nullptr) return;
    try {
      if (client_->is_connected()) client_->disconnect()->wait_for(milliseconds(1000));
      client_->stop_consuming();
    } catch (const mqtt::exception&) {
      trouble_ = "the connection was lost";
    }
    client_.reset();
  }

  std::string uri_;
  std::string id_;
  std::string up_;
  std::string down_;
  std::string ca_file_;
  std::string username_;
  std::string password_;
  std::string trouble_ = "not connected yet";
  bool tried_ = false;
  std::uint32_t tried_at_ = 0;
  unsigned pause_ = first_pause_ms;
  std::unique_ptr<mqtt::async_client> client_;
};

}  // namespace

std::unique_ptr<Carrier> open_broker(const Options& options) { return std::make_unique<Broker>(options); }

}  // namespace leafgate::device
