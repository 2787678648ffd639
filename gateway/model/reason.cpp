#include "gateway/model/reason.hpp"

#include <algorithm>
#include <array>

namespace leafgate {
namespace {

using R = Reason;

constexpr auto table = std::to_array<ReasonRow>({
    {R::none, "none", "nothing has happened yet", ""},

    {R::answered_from_cache, "answered-from-cache",
     "known here and unchanged; answered without asking the service", ""},
    {R::answered_stale_refresh_behind, "answered-stale",
     "known here; answered at once, the service is asked again behind it", ""},
    {R::answered_stale_service_down, "answered-offline",
     "known here; answered although the service cannot be reached", ""},
    {R::answered_beyond_trust, "beyond-trust",
     "answered although the service has not confirmed this leaf within offline.max_age",
     "bring the uplink back"},
    {R::assigned_by_service, "assigned-by-service", "the service assigned this leaf to its hub", ""},

    {R::forwarded_new, "forwarded", "accepted and stored; the service is being asked", ""},
    {R::forwarded_changed, "forwarded-changed",
     "payload, request or enrollment changed since the assignment; the service is being asked", ""},
    {R::credential_renewed, "credential-renewed",
     "the leaf proved itself with another key or certificate; the service is being asked", ""},
    {R::keeps_coming_back, "keeps-coming-back",
     "registered again and again although answered: its hub seems to refuse it; the service is being asked",
     "look the device up in its hub: is it enabled, is its key the enrolled one?"},
    {R::queued_offline, "queued-offline",
     "accepted and stored; settled without the leaf when the service can be reached",
     "bring the uplink back"},
    {R::beyond_trust_queued, "beyond-trust-queued",
     "known, but not confirmed by the service within offline.max_age; waits for the service",
     "bring the uplink back, or set offline.beyond = \"serve\""},
    {R::joined_open_operation, "joined-open-operation",
     "an operation of this leaf is open already; it was joined", ""},
    {R::unknown_offline, "unknown-offline", "not enrolled here, and the service cannot be asked",
     "leafgatectl enroll import FILE, or bring the uplink back"},
    {R::held_for_approval, "held-for-approval", "not enrolled here; waits for an operator",
     "leafgatectl approve ID or reject ID"},
    {R::trust_pending, "trust-pending", "the keys that judge this leaf are not available yet",
     "leafgatectl status"},
    {R::relayed, "relayed", "not checkable here; the service decides", ""},
    {R::needs_the_leaf, "needs-the-leaf", "the service can be asked only while the leaf is connected",
     "power-cycle the leaf"},
    {R::needs_service, "needs-service", "only the service can answer this leaf, and it cannot be reached",
     "bring the uplink back"},
    {R::refresh_asked, "refresh-asked", "an operator asked the service about this leaf again", ""},

    {R::sent_through, "sent-through",
     "only the service can judge its certificate: its next connections are passed through untouched", ""},
    {R::passed_through, "passed-through", "its connection went through to the service, which decides", ""},
    {R::certificate_behind_shared_address, "certificate-behind-shared-address",
     "only the service can judge its certificate, and a leaf with a symmetric key lives at the same address: "
     "not passed through",
     "name the address in tunnel.sources, or leafgatectl enroll import the leaf's CA or certificate"},
    {R::learnt_from_service, "learnt-from-service",
     "its assignment was read from the service after it registered there by its own connection", ""},
    {R::never_seen_toward_its_hub, "never-seen-toward-its-hub",
     "assigned, but no connection from its address to its hub has come by here since",
     "do the leaves' resolver and firewall lead its hub's name here? leafgatectl names"},

    {R::denied, "denied", "on the deny list", "leafgatectl deny remove ID, if that is wrong"},
    {R::wrong_key, "wrong-key", "the token was not signed with an enrolled key of this id",
     "compare the key in the device with the enrollment (and for a group: was it derived for this very id?)"},
    {R::token_expired, "token-expired", "the token's signature is good but its time is over",
     "set the device's clock, or make it sign a new token for each registration"},
    {R::token_for_another_id, "token-for-another-id", "the token was signed for another id or scope",
     "compare scope and registration id in the device's settings with those it signs"},
    {R::token_malformed, "token-malformed", "the credential is not a shared access signature DPS would read",
     "look at the device's password: SharedAccessSignature sr=...&sig=...&se=..."},
    {R::no_credential, "no-credential", "no token and no certificate came with the request",
     "give the device its symmetric key or its certificate"},
    {R::wrong_scope, "wrong-scope", "the device was set up for another ID scope",
     "correct the ID scope in the device"},
    {R::unknown_enrollment, "unknown-enrollment", "no enrollment here fits this id",
     "leafgatectl enroll import FILE"},
    {R::enrollment_without_key, "enrollment-without-key", "enrolled here, but its key is not held here",
     "import the enrollment with its keys"},
    {R::mechanism_mismatch, "mechanism-mismatch",
     "the leaf shows another kind of credential than its enrollment asks for",
     "change the enrollment or the device"},
    {R::enrollment_disabled, "enrollment-disabled", "the enrollment is disabled",
     "enable it and import it again"},
    {R::leaf_clock_wrong, "leaf-clock-wrong", "the token's signature is good but the leaf's clock is wrong",
     "give the leaf a time source"},
    {R::time_unknown, "time-unknown",
     "the gateway's clock is not trusted: tokens can be neither judged nor made by it",
     "give the gateway a time source"},
    {R::operation_unknown, "operation-unknown", "the leaf polled an operation that is not known here", ""},
    {R::request_malformed, "request-malformed", "the request could not be read",
     "look at what the device sends as its body"},
    {R::request_too_large, "request-too-large", "the request is larger than allowed",
     "make the payload smaller"},
    {R::attempts_too_fast, "attempts-too-fast",
     "the leaf registers again and again; beyond limits.attempts_at_once its answers are held back",
     "look why the device registers so often: does it reach its hub?"},
    {R::identity_malformed, "identity-malformed",
     "client id, user name or password do not name a registration as DPS expects it",
     "look at what the device sends: client id = registration id, user name = scope/registrations/id/..."},
    {R::source_held, "source-held", "failed here too often; its next tries are held back for a while",
     "find the wrong leaf at this address: leafgatectl strangers"},
    {R::taken_over, "taken-over", "a newer connection proved the same id, so this one was closed",
     "if it repeats: two devices carry this id and its key"},
    {R::leaf_certificate_for_another_id, "certificate-for-another-id",
     "the CN of the leaf's certificate is not the registration id it asks for",
     "give the device a certificate whose only CN is its registration id, or correct the id it asks for"},
    {R::leaf_certificate_expired, "leaf-certificate-expired",
     "the leaf's certificate, or one above it, has ended", "renew the certificate named beside it"},
    {R::leaf_certificate_not_yet_valid, "leaf-certificate-not-yet-valid",
     "the leaf's certificate, or one above it, is not valid yet",
     "compare its notBefore with the gateway's clock: leafgatectl status"},
    {R::leaf_certificate_unacceptable, "leaf-certificate-unacceptable",
     "the leaf's certificate, or one above it, breaks a rule for certificates of devices",
     "read the detail beside it; make it anew with RSA 2048 to 4096 or P-256, SHA-256, and CA flags as they "
     "belong"},
    {R::leaf_certificate_not_enrolled, "certificate-not-enrolled",
     "the leaf is enrolled by another certificate than the one it shows",
     "leafgatectl enroll import CERTIFICATE.pem, if the new one is right"},
    {R::leaf_certificate_chain_unknown, "certificate-chain-unknown",
     "no CA enrolled here stands above the leaf's certificate",
     "make the device send its intermediate CAs too, or leafgatectl enroll import --group NAME CA.pem"},

    {R::service_failed, "service-failed", "the service ended the operation as failed",
     "read the service's message; mostly the enrollment's hub or its allocation"},
    {R::service_disabled, "service-disabled", "the enrollment is disabled at the service", "enable it there"},
    {R::service_refused, "service-refused", "the service refused the request", "read the service's message"},
    {R::service_verdict_unconfirmed, "service-verdict-unconfirmed",
     "the service refused a proof that is good here; asked again later before it is believed",
     "compare this enrollment's key here with the one at the service"},

    {R::service_unreachable, "service-unreachable", "the service cannot be reached",
     "look at the uplink, DNS and proxy"},
    {R::service_throttled, "service-throttled", "the service asks to slow down", ""},
    {R::service_answer_implausible, "service-answer-implausible",
     "what answered is not a provisioning service",
     "look for a captive portal or an inspecting proxy on the uplink"},
    {R::service_refuses_everybody, "service-refuses-everybody",
     "the service refuses every leaf, also those whose proof is good here; no leaf is blamed",
     "look at the IP filter of the DPS instance, at gateway.id_scope, and for an inspecting proxy"},
    {R::service_resolves_to_self, "service-resolves-to-self",
     "the service's name resolves to an address of this gateway; it is not connected to",
     "give the gateway a resolver that knows the true address"},
    {R::service_certificate_untrusted, "service-certificate-untrusted",
     "the certificate of what answers as the service is not trusted",
     "look for a proxy that inspects TLS, at service.ca_file and at the gateway's clock"},
    {R::proxy_failed, "proxy-failed", "the proxy towards the service refused or failed",
     "look at service.proxy and its credentials"},
    {R::service_list_unreadable, "service-list-unreadable",
     "the service's list of registrations cannot be read; nothing is learnt of leaves that were passed "
     "through",
     "look at service.api_connection_string_file: does its policy hold RegistrationStatusRead?"},
    {R::store_full, "store-full", "no room on the gateway's disk; the leaf was told to come back",
     "free space on the state disk"},
    {R::store_fault, "store-fault", "the gateway's disk or database failed; nothing is promised any more",
     "replace the disk; read the log"},
    {R::gateway_stopping, "gateway-stopping", "the gateway is stopping", ""},
    {R::internal_error, "internal-error", "the gateway failed inside", "read the log and report it"},
    {R::certificate_refused, "certificate-refused",
     "a changed certificate pair was tried and refused; the old one stays in use",
     "read the detail beside it, mend the pair, reload"},
    {R::certificate_expiring, "certificate-expiring", "a certificate of the gateway ends soon, or has ended",
     "put a new pair in its place and reload"},
    {R::configuration_refused, "configuration-refused",
     "the changed configuration has mistakes; the old one stays in force",
     "leafgated --check-config, mend it, reload"},

    {R::not_tls, "not-tls", "spoke something that is not TLS on a TLS port",
     "switch TLS on in the device, or point it at the right port"},
    {R::amqp, "amqp", "spoke AMQP, which this gateway does not serve",
     "set the device's provisioning transport to MQTT"},
    {R::leaf_refuses_our_certificate, "leaf-refuses-our-certificate",
     "the leaf refused the gateway's certificate",
     "give the leaf the site CA, a host name that the certificate carries, and the right time"},
    {R::closed_after_our_certificate, "closed-after-our-certificate",
     "the leaf closed right after it saw the gateway's certificate",
     "check the leaf's CA, host name and clock: some SDKs (Node.js) close without saying which"},
    {R::tls_failed, "tls-failed", "the TLS handshake failed", "read the TLS alert or error beside it"},
    {R::not_mqtt, "not-mqtt", "TLS was good, but what followed is not MQTT 3.1.1",
     "look at the device's protocol and port"},
    {R::mqtt_malformed, "mqtt-malformed", "broke the MQTT 3.1.1 protocol", "read the detail beside it"},
    {R::mqtt_unsupported, "mqtt-unsupported", "asked for something a provisioning service does not do",
     "read the detail beside it"},
    {R::silent, "silent", "connected and said too little before its time was over",
     "read how far it came beside it: a port scanner or a health check does the same"},
    {R::connection_limit, "connection-limit", "the gateway holds as many connections as it may",
     "raise [limits], or find who opens them"},

    {R::leaf_refuses_service_certificate, "leaf-refuses-service-certificate",
     "the leaf refused the certificate of the service, to which it was passed through",
     "give the leaf the service's root CA beside the site CA: it needs both"},
    {R::name_not_passed, "name-not-passed",
     "asked for a name that this gateway neither serves nor passes through",
     "a hub? only those handed out here pass, with tunnel.hubs = \"assigned\"; another name: "
     "[[tunnel.route]]"},
    {R::tunnel_failed, "tunnel-failed", "the other end of a connection to be passed through was not reached",
     "read the detail beside it"},
    {R::tunnel_limit, "tunnel-limit", "a connection that was passed through ended at its limit",
     "read which one beside it; [limits] tunnels, tunnel_octets, tunnel_time"},
});

constexpr bool every_reason_is_at_its_place() {
  for (std::size_t i = 0; i < table.size(); ++i)
    if (table[i].reason != static_cast<Reason>(i)) return false;
  return table.size() == static_cast<std::size_t>(Reason::tunnel_limit) + 1;
}
static_assert(every_reason_is_at_its_place(), "one row per reason, in the order of the enumeration");

}  // namespace

const ReasonRow& row(Reason reason) { return table[static_cast<std::size_t>(reason)]; }

std::string_view code(Reason reason) { return row(reason).code; }

std::optional<Reason> reason_from_code(std::string_view code) {
  const auto found =
      std::find_if(table.begin(), table.end(), [code](const ReasonRow& r) { return r.code == code; });
  if (found == table.end()) return std::nullopt;
  return found->reason;
}

}  // namespace leafgate
