// The gateway's own TPM, and what hangs on it.
#include "adapters/status/guard.hpp"
#include "adapters/status/render.hpp"
#include "adapters/status/render_parts.hpp"
#include "adapters/status/reply.hpp"
#include "adapters/status/route_groups.hpp"
#include "adapters/wire/json_text.hpp"
#include "gateway/crypto/base64.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/ports/tpm_operator.hpp"

namespace leafgate::status {
namespace {

constexpr std::size_t longest_setup_key = 16 * 1024;

net::HttpResponse no_tpm() { return error_reply(404, "no-route", "this daemon has no part for a TPM"); }

// A TPM that is away is nobody who asks too often.
net::HttpResponse no_identity(const Error& error) {
  if (error.code != Errc::throttled) return error_reply(error);
  return error_reply(503, "no-tpm", error.detail);
}

Json tpm_json(const TpmFacts& tpm) {
  Json out = {{"state", to_text(tpm.state)}, {"setUp", tpm.set_up}};
  put_text(out, "detail", tpm.detail);
  put_text(out, "vendor", tpm.vendor);
  if (tpm.lockout_limit > 0)
    out["lockout"] = {{"counter", tpm.lockout_counter},
                      {"limit", tpm.lockout_limit},
                      {"recoverySeconds", tpm.lockout_recovery.count()}};
  out["commands"] = tpm.commands;
  out["waiting"] = tpm.waiting;
  return out;
}

Json anchor_json(const TpmAnchor& anchor) {
  return {{"endorsementName", crypto::hex(anchor.endorsement_name)},
          {"storageName", crypto::hex(anchor.storage_name)},
          {"storageHandle", anchor.storage_handle},
          {"counterIndex", anchor.counter_index},
          {"signingPublic", crypto::base64::encode(anchor.signing_public)}};
}

Json own_json(const OwnRegistrationReport& own) {
  Json out = {{"state", to_text(own.state)}};
  put_text(out, "detail", own.detail);
  put_text(out, "assignedHub", own.assigned_hub);
  put_text(out, "deviceId", own.device_id);
  return out;
}

std::string render(const TpmReport& report) {
  Json out = {{"mode", report.mode}, {"tcti", report.tcti}, {"tpm", tpm_json(report.tpm)}};
  out["secrets"] = {{"protection", to_text(report.protection)},
                    {"open", report.secrets_open},
                    {"recoveryCopy", report.recovery_copy}};
  put_text(out["secrets"], "detail", report.secrets_detail);
  if (report.anchor) out["anchor"] = anchor_json(*report.anchor);
  if (report.doubt != Reason::none) out["doubt"] = reason_json(report.doubt);
  out["epoch"] = report.epoch;
  out["checkpoints"] = {{"written", report.checkpoints}, {"unsigned", report.unsigned_checkpoints}};
  return dumped(out);
}

// The enrollment as the service's API takes it, beside what people copy.
std::string render(const TpmIdentityReport& report) {
  Json out = {{"registrationId", report.registration_id}, {"endorsementKey", report.endorsement_key}};
  put_text(out, "storageRootKey", report.storage_root_key);
  put_text(out, "signingKey", report.signing_key);
  out["registration"] = own_json(report.own);
  out["enrollment"] = {
      {"registrationId", report.registration_id},
      {"attestation", {{"type", "tpm"}, {"tpm", {{"endorsementKey", report.endorsement_key}}}}},
      {"provisioningStatus", "enabled"}};
  return dumped(out);
}

}  // namespace

Task<net::HttpResponse> get_tpm(const RoutesPorts& ports, const net::HttpRequest&, const net::HttpTarget&) {
  if (ports.tpm == nullptr) co_return no_tpm();
  const TpmReport report = co_await ports.tpm->tpm_status();
  co_return json_reply(render(report));
}

Task<net::HttpResponse> get_tpm_identity(const RoutesPorts& ports, const net::HttpRequest&,
                                         const net::HttpTarget&) {
  if (ports.tpm == nullptr) co_return no_tpm();
  const auto identity = co_await ports.tpm->tpm_identity();
  if (!identity) co_return no_identity(identity.error());
  co_return json_reply(render(*identity));
}

Task<net::HttpResponse> set_up_tpm(const RoutesPorts& ports, const net::HttpRequest& request,
                                   const net::HttpTarget&) {
  if (ports.tpm == nullptr) co_return no_tpm();
  if (request.body.size() > longest_setup_key)
    co_return error_reply(413, "too-large", "the body is the PEM of one public key, or nothing");
  Actor who = co_await who_asks(request, ports.users);
  TpmSetUpWish wish;
  wish.recovery_key = request.body;
  auto done = co_await ports.tpm->tpm_set_up(std::move(wish), std::move(who));
  if (!done) co_return error_reply(done.error());
  co_return json_reply(
      wire::json::ObjectWriter().text("done", "the TPM seals the store's secrets from now on").str());
}

Task<net::HttpResponse> accept_tpm(const RoutesPorts& ports, const net::HttpRequest& request,
                                   const net::HttpTarget&) {
  if (ports.tpm == nullptr) co_return no_tpm();
  Actor who = co_await who_asks(request, ports.users);
  auto done = co_await ports.tpm->tpm_accept(std::move(who));
  if (!done) co_return error_reply(done.error());
  co_return json_reply(
      wire::json::ObjectWriter().text("done", "this state folder and this TPM belong together").str());
}

}  // namespace leafgate::status
