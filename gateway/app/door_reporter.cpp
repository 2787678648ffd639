#include "gateway/app/door_reporter.hpp"

namespace leafgate {
namespace {

struct Told {
  Reason reason;
  const char* step;
};

Told told(net::DoorFailure failure) {
  switch (failure) {
    case net::DoorFailure::not_tls:
      return {Reason::not_tls, "tcp"};
    case net::DoorFailure::hello_malformed:
      return {Reason::tls_failed, "tcp"};
    case net::DoorFailure::silent:
      return {Reason::silent, "tls"};
    case net::DoorFailure::alert_received:
      return {Reason::leaf_refuses_our_certificate, "tls"};
    case net::DoorFailure::closed_after_flight:
      return {Reason::closed_after_our_certificate, "tls"};
    case net::DoorFailure::handshake_failed:
      return {Reason::tls_failed, "tls"};
    case net::DoorFailure::over_limit:
      return {Reason::connection_limit, "tcp"};
    case net::DoorFailure::source_held:
      return {Reason::source_held, "tcp"};
  }
  return {Reason::tls_failed, "tls"};
}

// Alerts by which a peer says that it does not trust us; others are about versions and ciphers (RFC 8446
// §6.2).
bool is_about_our_certificate(std::string_view name) {
  const std::string alert = ascii_lower(name);
  for (const std::string_view word : {"unknown ca", "certificate", "unrecognized name", "access denied"})
    if (alert.find(word) != std::string_view::npos) return true;
  return false;
}

// What mostly stands behind an alert or an error of OpenSSL, for an engineer who does not know them by heart.
// OpenSSL says "bad certificate" for a clock that is behind and for a wrong host name alike
// (ssl_x509err2alert).
std::string_view hint(std::string_view detail) {
  struct Row {
    std::string_view word;
    std::string_view hint;
  };
  static constexpr Row rows[] = {
      {"unknown ca", "it does not have the CA of our certificate"},
      {"certificate expired", "by the leaf's clock our certificate has ended"},
      {"bad certificate", "mostly its clock is wrong, or it wants a host name that our certificate lacks"},
      {"certificate unknown", "it does not have the CA, or wants another host name"},
      {"unsupported protocol", "it speaks only TLS 1.1 or older; 1.2 is needed"},
      {"protocol version", "it speaks no version of TLS that we speak; 1.2 or 1.3 is needed"},
      {"no shared cipher", "it offers no cipher suite that we take"},
      {"handshake failure", "it takes none of our cipher suites"},
  };
  const std::string text = ascii_lower(detail);
  for (const Row& row : rows)
    if (text.find(row.word) != std::string::npos) return row.hint;
  return {};
}

}  // namespace

DoorReporter::DoorReporter(Journal& journal, Metrics& metrics) : journal_(journal), metrics_(metrics) {
  for (const Reason reason : {Reason::not_tls, Reason::silent, Reason::leaf_refuses_our_certificate,
                              Reason::closed_after_our_certificate, Reason::tls_failed,
                              Reason::connection_limit, Reason::certificate_refused})
    (void)failures(reason);  // from zero on: what was never there cannot be seen to rise
}

Counter& DoorReporter::failures(Reason reason) {
  return metrics_.counter("leafgate_door_failures", "connections that failed before a protocol session",
                          {{"reason", std::string(code(reason))}});
}

void DoorReporter::door_failed(const net::PeerInfo& peer, net::DoorFailure failure, std::string_view detail) {
  const Told what = told(failure);
  DoorEvent event;
  event.reason = what.reason;
  event.step = what.step;
  event.detail = detail;
  if (failure == net::DoorFailure::alert_received && !is_about_our_certificate(detail))
    event.reason = Reason::tls_failed;
  if (failure == net::DoorFailure::not_tls && detail.starts_with("AMQP")) event.reason = Reason::amqp;
  if (const auto meant = hint(detail); !meant.empty()) event.detail += " (" + std::string(meant) + ")";
  note(peer, std::move(event));
}

void DoorReporter::nothing_to_show(const net::PeerInfo& peer) {
  DoorEvent event;
  event.reason = Reason::certificate_refused;
  event.step = "tls";
  event.detail = "turned away: the gateway has no certificate to show (leafgatectl status)";
  note(peer, std::move(event));
}

void DoorReporter::note(const net::PeerInfo& peer, DoorEvent event) {
  const auto known = transports_.find(peer.local_port);
  event.source.transport = known == transports_.end() ? Transport::mqtt : known->second;
  event.source.address = peer.address;
  if (!peer.server_name.empty())
    event.detail += (event.detail.empty() ? "asked for " : ", asked for ") + peer.server_name;
  failures(event.reason).add();
  journal_.note(std::move(event));
}

}  // namespace leafgate
