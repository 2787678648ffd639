#pragma once

#include <memory>
#include <string>
#include <utility>

#include "gateway/attestation/leaf_proof.hpp"
#include "gateway/crypto/signing_key.hpp"
#include "gateway/model/cbor_writer.hpp"
#include "tests/fakes/fake_delegated_service.hpp"
#include "tests/unit/flows/certificate_site.hpp"

namespace leafgate {

// A leaf that signs for the service, or does not. Members are open to the tests.
class FakeLeafSigner : public LeafSigner {
 public:
  Result<Bytes> says = Bytes(64, 0x51);
  Millis after{100};
  int asked = 0;

  Task<Result<Bytes>> sign(SignRequest /*request*/, TimePoint deadline) override {
    if (++asked > 1) co_return Error(Errc::refused, "has signed once already");
    const TimePoint when = LoopClock::now() + after;
    co_await sleep_until(std::min(when, deadline));
    if (when > deadline) co_return Error(Errc::timed_out, "not in time");
    co_return says;
  }
};

// A site to which leaves come by the leaf link.
class LinkSite : public CertificateSite {
 protected:
  static LeafClaim claim_of(const std::string& id, std::uint8_t nonce) {
    LeafClaim claim;
    claim.registration_id = id;
    claim.nonce.fill(nonce);
    claim.binding = "serial/line1";
    claim.register_hash.fill(0x77);
    return claim;
  }
  // MAC_structure and Sig_structure of RFC 9052, once more.
  static Bytes text_of(std::string_view context, std::string_view head, const LeafClaim& claim) {
    CborWriter payload;
    payload.array(4).text(claim.registration_id).octets(claim.nonce);
    payload.text(claim.binding).octets(claim.register_hash);
    CborWriter out;
    out.array(4).text(context).octets(as_bytes(head)).octets(as_bytes("leaf"));
    return out.octets(payload.written()).take();
  }
  Attempt by_mac(const std::string& id, std::string_view key, std::uint8_t nonce = 1) const {
    Attempt a = site_.attempt(id, "");
    MacEvidence evidence;
    evidence.claim = claim_of(id, nonce);
    const auto mac = crypto::hmac_sha256(as_bytes(key), text_of("MAC0", "\xa1\x01\x05", evidence.claim));
    evidence.mac.assign(mac.begin(), mac.end());
    a.evidence = std::move(evidence);
    return from_line(std::move(a));
  }
  // Signed (ES256) with this key, for this id.
  Attempt by_signature(const TestCertificate& shown, const TestCertificate& signing, std::uint8_t nonce = 1,
                       const std::string& claims = "pump-07") {
    Attempt a = attempt({shown});
    LeafSignature signature;
    signature.claim = claim_of(claims, nonce);
    unsigned char* der = nullptr;
    const int size = i2d_PrivateKey(signing.key.get(), &der);
    const crypto::Secret secret(ByteView(der, static_cast<std::size_t>(size)));
    OPENSSL_free(der);
    const auto key = crypto::SigningKey::from(secret);
    signature.octets = key.value().sign(text_of("Signature1", "\xa1\x01\x26", signature.claim));
    auto& evidence = std::get<CertificateEvidence>(a.evidence);
    evidence.signature = std::make_shared<const LeafSignature>(std::move(signature));
    a.signer = signer_;
    a.schemes.add(SignatureScheme::es256);
    return from_line(std::move(a));
  }
  static Attempt from_line(Attempt a) {
    a.source.transport = Transport::serial;
    a.source.address = "line1/5";
    a.direct = true;
    return a;
  }
  static Attempt poll_of(Attempt a, const OperationId& operation) {
    a.request = {};
    a.operation = operation;
    return a;
  }
  // As the leaf link does it, until the operation ends.
  Answer provision(const Attempt& a, Millis patience = std::chrono::seconds(60)) {
    Answer answer = site_.admit(a);
    const TimePoint give_up = site_.simulator.now() + patience;
    while (answer.status == 202 && site_.simulator.now() < give_up) {
      site_.simulator.run_for(answer.retry_after);
      answer = site_.admit(poll_of(a, *answer.operation));
    }
    return answer;
  }
  bool link_up() { return site_.running->forwarder.state().up; }
  void service_goes_away() {
    site_.service.up = false;
    site_.enroll("scout");
    (void)provision(site_.attempt("scout", site_.token("scout")), std::chrono::seconds(40));
  }

  std::shared_ptr<FakeLeafSigner> signer_ = std::make_shared<FakeLeafSigner>();
};

}  // namespace leafgate
