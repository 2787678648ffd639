#include "gateway/flows/self_findings.hpp"

#include <algorithm>

#include "gateway/model/listed.hpp"

namespace leafgate::self_findings {
namespace {

constexpr std::int64_t mib = 1 << 20;
constexpr std::int64_t little_room = 64 * mib;
constexpr Millis slow_disk{500};

Finding finding(std::string check, Health health, std::string what, std::string why = {},
                std::string next = {}) {
  return {std::move(check), health, std::move(what), std::move(why), std::move(next)};
}

std::string ms(Millis span) {
  return span.count() == 0 ? "under 1 ms" : std::to_string(span.count()) + " ms";
}
std::string days(Millis span) {
  const auto whole = std::chrono::duration_cast<std::chrono::hours>(span).count() / 24;
  return std::to_string(whole) + (whole == 1 ? " day" : " days");
}

std::string detail_of(const TpmFacts& tpm) { return tpm.detail.empty() ? "" : ": " + tpm.detail; }

// A wildcard stands for any one label.
std::string name_from(const ShownCertificate& certificate) {
  if (!certificate.server_name.empty()) return certificate.server_name;
  if (certificate.names.empty()) return {};
  const std::string& first = certificate.names.front();
  return first.starts_with("*.") ? "leafgate-check" + first.substr(1) : first;
}

// The address to dial for one that was listened on.
std::string dialled(std::string host) {
  if (host == "0.0.0.0") return "127.0.0.1";
  return host == "::" ? "::1" : host;
}

Finding of_service_trouble(const std::string& address, const Error& error, bool timed) {
  const auto failed = [&](const char* check, const char* why, std::string next) {
    return finding(check, Health::fail, address + ": " + error.detail, why, std::move(next));
  };
  if (error.code == Errc::untrusted && !timed)
    return failed("service-tls",
                  "by a clock that is wrong its certificate cannot be judged, and nothing is forwarded",
                  "the clock first, as told above; then leafgatectl check again");
  switch (error.code) {
    case Errc::own_address:
      return failed(
          "service-name",
          "the service's name leads to this gateway: nothing can be forwarded, known leaves live "
          "from the cache",
          "the gateway must not use the DNS that sends leaves to it: give it a resolver of its own");
    case Errc::untrusted:
      return failed("service-tls",
                    "what answers there is not trusted: nothing is forwarded. A TLS-inspecting proxy shows a "
                    "certificate of its own: its issuer stands beside it",
                    "let the service's name pass the proxy uninspected; or, where service.ca_file is set, "
                    "correct it");
    case Errc::proxy_failed:
      return failed("service-way", "the proxy does not let the gateway through: nothing is forwarded",
                    "service.proxy and its credentials; allow CONNECT to the service's name and port");
    case Errc::timed_out:
      return failed("service-way", "nothing comes back: a firewall drops it, or there is no uplink",
                    "leafgatectl check --firewall tells what must be open");
    default:
      return failed(
          "service-way", "nothing is forwarded; known leaves are answered from the cache",
          "the uplink, its DNS, the firewall: leafgatectl check --firewall tells what must be open");
  }
}

// Those of which a finding of its own tells more.
bool is_told_elsewhere(Reason reason) {
  switch (reason) {
    case Reason::time_unknown:
    case Reason::certificate_expiring:
    case Reason::secrets_locked:
    case Reason::service_unreachable:
    case Reason::service_resolves_to_self:
    case Reason::service_certificate_untrusted:
    case Reason::proxy_failed:
    case Reason::line_in_trouble:
    case Reason::broker_lost:
    case Reason::address_not_here:
      return true;
    default:
      return false;
  }
}

bool stops_work(Reason reason) {
  return reason == Reason::store_fault || reason == Reason::store_full ||
         reason == Reason::service_refuses_everybody || reason == Reason::store_rolled_back ||
         reason == Reason::store_foreign;
}

std::string what_helps_the_api(Errc code) {
  if (code == Errc::malformed) return "the file with the connection string, then a restart";
  if (code == Errc::refused) return "the connection string: its policy must be able to read registrations";
  return "the way to the service, or the clock";
}

// `refusal`: what follows where it has ended.
Finding of_its_time(const ShownCertificate& shown, const std::string& what, bool timed,
                    const std::string& refusal, const std::string& next) {
  if (!timed) return finding("certificate", Health::ok, what + "; how long yet, this clock does not tell");
  if (shown.left <= Millis(0))
    return finding("certificate", Health::fail, what + ", ended " + days(-shown.left) + " ago", refusal,
                   next);
  const std::string left = what + ", " + days(shown.left) + " left";
  if (!shown.ends_soon) return finding("certificate", Health::ok, left);
  return finding("certificate", Health::warn, left, refusal + " after its end", next);
}

}  // namespace

Finding of_configuration(const std::vector<std::string>& mistakes) {
  if (mistakes.empty()) return finding("configuration", Health::ok, "its files are read without a mistake");
  std::string all = mistakes.front();
  if (mistakes.size() > 1) all += " (and " + std::to_string(mistakes.size() - 1) + " more)";
  return finding("configuration", Health::fail, all,
                 "the next start would fail, or go on without it; what runs goes on as it was",
                 "leafgated --check-config tells all of it");
}

Finding of_certificate(const ShownCertificate& shown, bool timed) {
  const std::string what = shown.file + ": for " + (shown.names.empty() ? "no name" : listed(shown.names));
  const bool has_ended = timed && shown.left <= Millis(0);
  if (shown.names.empty() && !has_ended)
    return finding("certificate", Health::fail, what, "leaves check the name and refuse this gateway",
                   "a certificate with a DNS name (subjectAltName) that leaves are configured with");
  return of_its_time(shown, what, timed, "leaves refuse this gateway",
                     "renew it; a changed file is taken at the next look (tls.watch), or by a reload");
}

Finding of_broker_certificate(const ShownCertificate& shown, bool timed) {
  return of_its_time(shown, shown.file + ": for the broker", timed, "the broker refuses this gateway",
                     "renew it; a changed file is shown at the next connection");
}

Finding of_no_certificate() {
  return finding("certificate", Health::fail, "none to show",
                 "leaves that come by TLS are turned away; what passes through, lines and broker go on",
                 "mend the pair that certificate-refused names: it is taken without a restart");
}

Finding of_clock(const std::string& quality) {
  if (quality == "synced") return finding("clock", Health::ok, "synchronized");
  if (quality == "plausible")
    return finding("clock", Health::warn, "not synchronized, but not before what was last known",
                   "it is trusted as it is: tokens and certificates are judged by it",
                   "a time server: timedatectl; clock.synchronized_file names who says so");
  return finding("clock", Health::fail, "wrong: before what was last known",
                 "no token can be made for the service, and leaves' tokens cannot be checked for age",
                 "set it, or give the gateway a time server: timedatectl");
}

Finding of_secrets(const std::string& protection, const TpmReport* tpm) {
  if (tpm != nullptr && !tpm->secrets_open)
    return finding("secrets", Health::fail, "locked: " + tpm->secrets_detail,
                   "leaves with symmetric keys wait, those with a TPM need the service; X.509 leaves go on",
                   "leafgatectl tpm status");
  if (protection != "unprotected") return finding("secrets", Health::ok, "keys at rest: " + protection);
  return finding("secrets", Health::warn, "keys at rest: unprotected",
                 "who takes the disk has the leaves' keys", "leafgatectl tpm setup, where there is a TPM");
}

Finding of_tpm(const TpmReport& report) {
  const TpmFacts& tpm = report.tpm;
  if (tpm.state == TpmState::off) return finding("tpm", Health::ok, "off (tpm.mode)");
  if (tpm.state == TpmState::ready && tpm.set_up) return finding("tpm", Health::ok, tpm.vendor + ", set up");
  if (tpm.state == TpmState::ready)
    return finding("tpm", Health::warn, tpm.vendor + ", there and not used",
                   "keys are not sealed by it, and receipts are not signed", "leafgatectl tpm setup");
  const bool needed = report.mode == "require" || tpm.set_up;
  // What "auto" is for. One that was there and is lost, locked or another one is no such machine.
  if (!needed && tpm.state == TpmState::absent)
    return finding("tpm", Health::ok,
                   "none at " + report.tcti + ", as tpm.mode auto allows" + detail_of(tpm) +
                       ". Without one the keys at rest are sealed by a key in a file beside them, and "
                       "receipts are not signed",
                   {}, "nothing, unless this machine has a TPM: then leafgatectl tpm status");
  const std::string what = "not ready at " + report.tcti + detail_of(tpm);
  if (needed)
    return finding("tpm", Health::fail, what, "what it seals and signs waits for it",
                   "leafgatectl tpm status says what to do");
  return finding("tpm", Health::warn, what, "keys at rest are protected by the file system alone",
                 "leafgatectl tpm status says what to do");
}

Finding of_disk(const Result<DiskFacts>& disk) {
  if (!disk)
    return finding("disk", Health::fail, disk.error().detail, "nothing new can be promised to leaves",
                   disk.error().code == Errc::store_full ? "make room there" : "the disk, its file system");
  const std::string what =
      std::to_string(disk->free / mib) + " MiB free, a write takes " + ms(disk->slowest_sync);
  if (disk->free < little_room)
    return finding("disk", Health::warn, what, "full, it takes no new leaves; known ones are answered",
                   "make room there");
  if (disk->slowest_sync > slow_disk)
    return finding("disk", Health::warn, what, "each new leaf waits so long; worn flash gets slow first",
                   "a disk made for writing, or less beside the gateway");
  return finding("disk", Health::ok, what);
}

std::vector<Finding> of_service(const std::string& address, const Result<ServiceVisit>& visit, bool timed) {
  if (!visit) return {of_service_trouble(address, visit.error(), timed)};
  std::vector<Finding> out;
  if (!visit->addresses.empty())
    out.push_back(finding("service-name", Health::ok,
                          address + " is " + listed(visit->addresses) + ", found in " + ms(visit->resolved)));
  out.push_back(
      finding("service-tls", Health::ok, "its certificate is trusted; connected in " + ms(visit->connected)));
  if (visit->is_dps)
    out.push_back(finding("service-answer", Health::ok, "it speaks DPS"));
  else
    out.push_back(finding("service-answer", Health::fail, "what answers is not DPS: " + visit->said,
                          "something stands between the gateway and the service; nothing is forwarded",
                          "service.host and service.port; a proxy or a portal that answers for others"));
  return out;
}

Finding of_service_api(const Result<void>& tried) {
  if (tried) return finding("service-api", Health::ok, "its credential may read");
  if (tried.error().code == Errc::not_found)
    return finding("service-api", Health::ok, "not used (service.api_connection_string_file)");
  return finding("service-api", Health::warn, tried.error().detail,
                 "enrollments and what passed through are not learnt from the service",
                 what_helps_the_api(tried.error().code));
}

std::string_view to_text(VisitedListener::Wire wire) {
  switch (wire) {
    case VisitedListener::Wire::mqtt:
      return "mqtt";
    case VisitedListener::Wire::https:
      return "https";
    case VisitedListener::Wire::mqtt_ws:
      return "mqtt-ws";
  }
  return "mqtt";
}

Finding of_listener(const VisitedListener& where, const Result<ListenerVisit>& visit) {
  const std::string what = std::string(to_text(where.wire)) + " at " + where.host + " port " +
                           std::to_string(where.port) + " as " + where.server_name;
  if (visit)
    return finding("listener", Health::ok,
                   what + ": handshake " + ms(visit->handshake) + ", answer " + ms(visit->answer));
  const Error& error = visit.error();
  std::string next = "the log of leafgated at this moment";
  if (error.code == Errc::untrusted)
    next = "the certificate: its dates, its names, and whether the file has changed since the start";
  if (error.code == Errc::timed_out) next = "is the machine overloaded? leafgatectl status";
  return finding("listener", Health::fail, what + ": " + error.detail,
                 "a leaf that comes by this way fares no better", std::move(next));
}

Finding of_address_not_here(const std::string& listening) {
  const std::size_t blank = listening.find(' ');
  const std::string transport = listening.substr(0, blank);
  return finding(
      "listener", Health::fail,
      transport + " at " + listening.substr(blank + 1) + ": no interface of this machine has this address",
      "no leaf can come in there",
      "a slip: correct " + transport + ".listen; else the cable, the link or DHCP: ip address");
}

std::vector<Finding> of_lines(const LineReport& report) {
  std::vector<Finding> out;
  for (const LineFacts& line : report.lines) {
    std::string what = line.name + " is " + std::string(to_text(line.state));
    if (!line.detail.empty()) what += ": " + line.detail;
    const bool works = line.state == LineState::working;
    if (works)
      what += ", " + std::to_string(line.leaves.size()) + (line.leaves.size() == 1 ? " leaf" : " leaves");
    const bool is_given = line.state == LineState::waiting || line.state == LineState::released;
    if (works || is_given)
      out.push_back(finding("line", Health::ok, std::move(what)));
    else
      out.push_back(finding("line", Health::fail, std::move(what), "its leaves cannot register",
                            std::string(row(Reason::line_in_trouble).next_action)));
  }
  if (!report.broker) return out;
  const BrokerFacts& broker = *report.broker;
  if (broker.connected)
    out.push_back(finding("broker", Health::ok, broker.uri + ": connected"));
  else
    out.push_back(finding(
        "broker", Health::fail, broker.uri + ": " + (broker.detail.empty() ? "not connected" : broker.detail),
        "leaves that come by it cannot register", std::string(row(Reason::broker_lost).next_action)));
  return out;
}

std::vector<Finding> of_degraded(const std::vector<DegradedMode>& modes) {
  std::vector<Finding> out;
  for (const DegradedMode& mode : modes) {
    if (is_told_elsewhere(mode.reason)) continue;
    const ReasonRow& known = row(mode.reason);
    out.push_back(finding(std::string(known.code), stops_work(mode.reason) ? Health::fail : Health::warn,
                          std::string(known.text), mode.consequence, std::string(known.next_action)));
  }
  if (out.empty()) out.push_back(finding("degraded", Health::ok, "nothing else"));
  return out;
}

std::string address_in(const std::string& listening) {
  const std::size_t from = listening.find(' ') + 1;  // 0 where there is none
  std::string host = listening.substr(from, listening.rfind(':') - from);
  return host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
}

std::vector<VisitedListener> listeners_of(const std::vector<std::string>& listening,
                                          const std::vector<ShownCertificate>& certificates) {
  std::vector<VisitedListener> out;
  const auto add = [&](VisitedListener::Wire wire, const std::string& place,
                       const ShownCertificate& certificate) {
    const std::size_t colon = place.rfind(':');
    VisitedListener where;
    where.wire = wire;
    where.host = dialled(address_in(place));
    where.port = static_cast<std::uint16_t>(std::stoul(place.substr(colon + 1)));
    where.server_name = name_from(certificate);
    where.certificate_file = certificate.file;
    where.pem = certificate.pem;
    out.push_back(std::move(where));
  };
  for (const std::string& text : listening) {
    const std::size_t blank = text.find(' ');
    if (blank == std::string::npos) continue;
    const std::string transport = text.substr(0, blank);
    const std::string place = text.substr(blank + 1);
    const bool by_mqtt = transport == "mqtt";
    if (!by_mqtt && transport != "https") continue;
    for (const ShownCertificate& certificate : certificates) {
      if (name_from(certificate).empty()) continue;  // its own finding says so
      add(by_mqtt ? VisitedListener::Wire::mqtt : VisitedListener::Wire::https, place, certificate);
      if (!by_mqtt) add(VisitedListener::Wire::mqtt_ws, place, certificate);
    }
  }
  return out;
}

}  // namespace leafgate::self_findings
