#include "adapters/mqtt/broker/paho_session.hpp"

#include <atomic>
#include <chrono>
#include <fstream>
#include <utility>

#include <mqtt/async_client.h>
#include <unistd.h>

#include "adapters/mqtt/broker/answers.hpp"
#include "gateway/crypto/secret.hpp"
#include "gateway/crypto/server_identity.hpp"
#include "gateway/crypto/tls_context.hpp"

namespace leafgate::broker {
namespace {

using namespace std::chrono_literals;
using ::mqtt::property;

constexpr std::size_t largest_message = 8192;  // of the leaf link
constexpr std::size_t longest_heard_topic = 256;
constexpr std::size_t longest_correlation = 256;
// MQTT 5: the broker sends us nothing above it. What is only somewhat too large still comes, and is counted.
constexpr std::int32_t largest_packet = 16 * 1024;
constexpr std::int32_t session_seconds = 60;  // what leaves said is kept so long while we are away
constexpr int most_under_way = 128;
constexpr auto moment = 150ms;  // for each of the last two words

// Which call an answer of Paho's belongs to: it hands back this number, kind in the lowest bits.
enum Kind : std::uintptr_t { to_connect, to_subscribe, to_publish, kinds };
void* context(Kind kind, std::uint64_t id) {
  return reinterpret_cast<void*>(static_cast<std::uintptr_t>(id) * kinds + kind);
}

std::string uri_of(const Address& address) { return (address.tls ? "ssl://" : "tcp://") + address.text(); }

crypto::Secret first_line(const std::string& path) {
  constexpr std::size_t longest = 1024;
  crypto::Secret held(longest);
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(held.writable().data()), longest);
  const auto text = as_text(held.view()).substr(0, static_cast<std::size_t>(file.gcount()));
  return crypto::Secret(as_bytes(text.substr(0, text.find_first_of("\r\n"))));
}

::mqtt::properties properties_of(const Outgoing& message) {
  ::mqtt::properties out;
  if (!message.correlation.empty())
    out.add(property(property::CORRELATION_DATA, std::string(as_text(message.correlation))));
  return out;
}

::mqtt::message_ptr message_of(const Outgoing& from, bool five) {
  constexpr int at_least_once = 1;
  return ::mqtt::message::create(from.topic, from.payload.data(), from.payload.size(), at_least_once, false,
                                 five ? properties_of(from) : ::mqtt::properties());
}

::mqtt::connect_options options_of(const Dial& dial) {
  const Settings& settings = dial.settings;
  ::mqtt::connect_options out;
  out.set_mqtt_version(dial.five ? MQTTVERSION_5 : MQTTVERSION_3_1_1);
  if (dial.five) {
    ::mqtt::properties properties;
    properties.add(property(property::SESSION_EXPIRY_INTERVAL, session_seconds));
    properties.add(property(property::MAXIMUM_PACKET_SIZE, largest_packet));
    out.set_clean_start(!dial.resume);
    out.set_properties(std::move(properties));
  } else {
    out.set_clean_session(true);
  }
  out.set_keep_alive_interval(settings.patience.keep_alive);
  out.set_connect_timeout(std::chrono::duration_cast<Seconds>(settings.patience.connect) + 1s);
  out.set_max_inflight(most_under_way);
  out.set_will(::mqtt::will_options(*message_of(dial.will, false)));
  if (!settings.username.empty()) out.set_user_name(settings.username);
  if (!settings.password_file.empty()) {
    const crypto::Secret password = first_line(settings.password_file);
    out.set_password(std::string(as_text(password.view())));
  }
  return out;
}

}  // namespace

struct PahoSession::Paho final : ::mqtt::callback, ::mqtt::iaction_listener {
  Paho(const Dial& dial, std::function<void(Report&&)> how)
      : tell(std::move(how)),
        five(dial.five),
        tls(dial.address.tls),
        client(uri_of(dial.address), dial.client_id,
               ::mqtt::create_options(dial.five ? MQTTVERSION_5 : MQTTVERSION_3_1_1)) {
    client.set_callback(*this);
    client.set_disconnected_handler(
        [this](const ::mqtt::properties&, ::mqtt::ReasonCode code) { goodbye_code = code; });
  }

  ::mqtt::connect_options options(const Dial& dial) {
    auto out = options_of(dial);
    if (!tls) return out;
    ::mqtt::ssl_options secure;
    secure.set_verify(true);
    secure.set_enable_server_cert_auth(true);
    if (!dial.settings.ca_file.empty()) secure.set_trust_store(dial.settings.ca_file);
    if (!dial.settings.certificate.empty()) {
      secure.set_key_store(dial.settings.certificate);
      secure.set_private_key(dial.settings.key);
    }
    // No error handler: Paho C++ 1.2 would call it by the address of an object that is gone by then.
    out.set_ssl(std::move(secure));
    return out;
  }

  // What Paho would only fail by: each error names the file.
  Result<void> look_at_files(const Settings& settings) {
    if (!settings.password_file.empty() && ::access(settings.password_file.c_str(), R_OK) != 0)
      return Error(Errc::not_found, settings.password_file + " cannot be read");
    if (!settings.certificate.empty()) {
      const auto own = crypto::ServerIdentity::load(settings.certificate, settings.key);
      if (!own) return own.error();
    }
    if (!tls) return {};
    const auto context = crypto::TlsContext::client(settings.ca_file);
    if (!context) return context.error();
    trusted = *context;
    return {};
  }

  // Paho's threads, one at a time.
  void connection_lost(const std::string& /*cause*/) override {
    is_connected = false;
    const bool said = goodbye_code != 0;
    broken(How::other, said ? "the broker " + code_text(goodbye_code) : "the connection is lost");
  }
  void broken(How how, std::string detail) {
    is_over = true;
    tell(Broken{how, std::move(detail)});
  }
  void message_arrived(::mqtt::const_message_ptr message) override;
  void on_success(const ::mqtt::token& token) override;
  void on_failure(const ::mqtt::token& token) override;
  void connect_failed(int code, const std::string& message);

  const std::function<void(Report&&)> tell;
  const bool five;
  const bool tls;
  std::string filters[2];  // by number; before anything asks for them
  std::size_t filter_count = 0;
  std::shared_ptr<crypto::TlsContext> trusted;  // the same CAs, for whoever asks why there is no TLS
  int goodbye_code = 0;
  std::atomic<bool> is_connected{false};
  std::atomic<bool> is_over{false};
  ::mqtt::async_client client;  // first to go: its destructor waits for the threads that use the rest
};

void PahoSession::Paho::message_arrived(::mqtt::const_message_ptr message) {
  Arrived out;
  out.retained = message->is_retained();
  const auto& payload = message->get_payload_ref();
  const std::size_t size = payload ? payload.size() : 0;
  const auto& properties = message->get_properties();
  std::string correlation;
  if (five && properties.contains(property::CORRELATION_DATA))
    correlation = ::mqtt::get<std::string>(properties, property::CORRELATION_DATA);
  const auto& topic = message->get_topic();
  out.too_large = size > largest_message || topic.size() > longest_heard_topic ||
                  correlation.size() > longest_correlation;
  if (!out.too_large) {
    out.topic = topic;
    const auto octets = as_bytes(std::string_view(size > 0 ? payload.data() : "", size));
    out.payload.assign(octets.begin(), octets.end());
    const auto names = as_bytes(correlation);
    out.correlation.assign(names.begin(), names.end());
    if (five && properties.contains(property::RESPONSE_TOPIC))
      out.response_topic = ::mqtt::get<std::string>(properties, property::RESPONSE_TOPIC);
    if (out.response_topic.size() > longest_heard_topic) out.response_topic.clear();
  }
  tell(std::move(out));
}

void PahoSession::Paho::on_success(const ::mqtt::token& token) {
  const auto number = reinterpret_cast<std::uintptr_t>(token.get_user_context());
  const std::uint64_t id = number / kinds;
  if (number % kinds == to_connect) {
    if (is_connected.exchange(true)) return;  // Paho says it twice
    tell(Connected{});
  } else if (number % kinds == to_subscribe) {
    tell(Subscribed{filters[id], std::nullopt});
  } else {
    tell(Delivered{id, std::nullopt});
  }
}

void PahoSession::Paho::on_failure(const ::mqtt::token& token) {
  int code = token.get_return_code();
  std::string message;
  try {
    const_cast<::mqtt::token&>(token).try_wait();  // the only way to the text
  } catch (const ::mqtt::exception& error) {
    message = error.get_message();
  }
  if (five && code <= 0) code = token.get_reason_code();
  const auto number = reinterpret_cast<std::uintptr_t>(token.get_user_context());
  const std::uint64_t id = number / kinds;
  if (number % kinds == to_connect) {
    connect_failed(code, message);
  } else if (code == MQTTASYNC_OPERATION_INCOMPLETE || code <= 0) {
    return;  // the connection went first, which is told by itself
  } else if (number % kinds == to_subscribe) {
    tell(Subscribed{filters[id], code_text(code)});
  } else {
    tell(Delivered{id, code_text(code)});
  }
}

// `message` is one of Paho's own constant texts.
void PahoSession::Paho::connect_failed(int code, const std::string& message) {
  if (code > 0) {
    const How how = is_version_refused(code) ? How::version : How::other;
    return broken(how, "the broker refuses us: " + code_text(code));
  }
  if (message == "TCP connect completion failure" || message == "socket error")
    return broken(How::silent, "the broker closed the connection without a word");
  is_over = true;
  tell(Broken{How::unclear, "no connection", trusted});
}

PahoSession::PahoSession(const Dial& dial, std::function<void(Report&&)> tell) {
  try {
    paho_ = std::make_unique<Paho>(dial, tell);
  } catch (const std::exception& error) {
    tell(Broken{How::other, error.what()});
  }
}

PahoSession::~PahoSession() = default;

void PahoSession::connect(const Dial& dial) {
  if (!paho_) return;
  try {
    const auto good = paho_->look_at_files(dial.settings);
    if (!good) return paho_->broken(How::other, good.error().detail);
    paho_->client.connect(paho_->options(dial), context(to_connect, 0), *paho_);
  } catch (const std::exception& error) {
    paho_->broken(How::other, error.what());
  }
}

bool PahoSession::is_over() const { return !paho_ || paho_->is_over; }

void PahoSession::subscribe(const std::string& filter) {
  if (!paho_ || paho_->filter_count == std::size(paho_->filters)) return;
  const std::size_t number = paho_->filter_count++;
  paho_->filters[number] = filter;
  try {
    paho_->client.subscribe(filter, 1, context(to_subscribe, number), *paho_);
  } catch (const std::exception&) {  // not connected any more, which is told by itself
  }
}

void PahoSession::publish(std::uint64_t id, const Outgoing& message) {
  if (!paho_) return;
  try {
    paho_->client.publish(message_of(message, paho_->five), context(to_publish, id), *paho_);
  } catch (const std::exception&) {  // not connected any more, which is told by itself
  }
}

void PahoSession::part(const std::optional<Outgoing>& goodbye) {
  if (!paho_ || !paho_->is_connected) return;
  try {
    if (goodbye) paho_->client.publish(message_of(*goodbye, paho_->five))->wait_for(moment);
    ::mqtt::disconnect_options options(0);
    if (paho_->five) {
      ::mqtt::properties properties;
      properties.add(property(property::SESSION_EXPIRY_INTERVAL, 0));
      options.set_properties(std::move(properties));
    }
    paho_->client.disconnect(std::move(options))->wait_for(moment);
  } catch (const std::exception&) {  // the broker does without it
  }
}

}  // namespace leafgate::broker
