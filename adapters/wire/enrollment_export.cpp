#include "adapters/wire/enrollment_export.hpp"

#include <vector>

#include "adapters/wire/json_text.hpp"
#include "gateway/crypto/base64.hpp"

namespace leafgate::wire {
namespace {

using Members = std::vector<json::Member>;

std::string leafgate_member(const Enrollment& e) {
  json::ObjectWriter out;
  if (!e.match.empty()) {
    std::string list;
    for (const std::string& pattern : e.match) list += (list.empty() ? "" : ",") + json::quoted(pattern);
    out.raw("match", "[" + list + "]");
  }
  if (!e.gateway_host_name.empty())
    out.raw("handout", json::ObjectWriter().text("gateway_host_name", e.gateway_host_name).str());
  if (e.bridge) out.raw("bridge", "true");
  if (e.offline_max_age) out.text("offline_max_age", std::to_string(e.offline_max_age->count()) + "ms");
  if (e.provisional) out.raw("provisional", "true");
  return out.empty() ? std::string() : out.str();
}

void put_certificate(json::ObjectWriter& pair, std::string_view slot,
                     const std::optional<EnrolledCertificate>& held) {
  if (!held) return;
  json::ObjectWriter out;
  if (!held->der.empty()) out.text("certificate", crypto::base64::encode(held->der));
  json::ObjectWriter info;
  if (!held->sha256.empty()) info.text("sha256Thumbprint", held->sha256);
  if (!held->sha1.empty()) info.text("sha1Thumbprint", held->sha1);
  out.raw("info", info.str());
  pair.raw(slot, out.str());
}

std::string x509_of(const Enrollment& e) {
  json::ObjectWriter pair;
  put_certificate(pair, "primary", e.primary_certificate);
  put_certificate(pair, "secondary", e.secondary_certificate);
  const char* name = e.kind == EnrollmentKind::group ? "signingCertificates" : "clientCertificates";
  return json::ObjectWriter().raw(name, pair.str()).str();
}

std::string attestation_of(const Enrollment& e, std::string_view value) {
  const auto members = json::members(value);
  if (!members) return std::string(value);
  json::ObjectWriter out;
  for (const json::Member& member : *members)
    if (member.name != "x509") out.raw(member.name, member.value);
  return out.raw("x509", x509_of(e)).str();
}

}  // namespace

std::optional<std::string> exported_record(const Enrollment& e) {
  const bool by_certificate = e.mechanism == Mechanism::x509;
  const bool has_certificate = e.primary_certificate || e.secondary_certificate;
  if (by_certificate && !has_certificate) return std::nullopt;
  const auto members = json::members(e.record);
  if (!members) return std::nullopt;
  json::ObjectWriter out;
  for (const json::Member& member : *members) {
    if (member.name == "leafgate" || member.name == "registrationState") continue;
    if (member.name == "attestation" && by_certificate)
      out.raw(member.name, attestation_of(e, member.value));
    else
      out.raw(member.name, member.value);
  }
  const std::string ours = leafgate_member(e);
  if (!ours.empty()) out.raw("leafgate", ours);
  return out.str();
}

}  // namespace leafgate::wire
