#include "tests/unit/leaf_link/firmware.hpp"

#include <algorithm>

namespace leafgate::leaf_link {
namespace {

Firmware& self(void* user) { return *static_cast<Firmware*>(user); }

std::string_view text(const std::uint8_t* octets, std::size_t size) {
  return {reinterpret_cast<const char*>(octets), size};
}

Told copy(const LeafgateNews& news) {
  Told told{news.what,
            news.of,
            news.wait,
            news.error_code,
            octets_of(news.reason),
            octets_of(news.assigned_hub),
            octets_of(news.device_id),
            octets_of(news.substatus),
            octets_of(news.payload),
            octets_of(news.authentication_key),
            {}};
  for (const LeafgateSpan& certificate : news.issued)
    if (certificate.size != 0) told.issued.push_back(octets_of(certificate));
  return told;
}

std::size_t room_of(const std::string& conversation) {
  if (conversation.starts_with("tpm")) return 1280;
  return 384;
}

}  // namespace

Firmware::Firmware(std::string of, std::size_t room)
    : conversation(std::move(of)),
      message(room != 0 ? room : room_of(conversation)),
      digests_(vector_of("deviceKey")) {
  const auto keep = [this](const Octets& octets) {
    kept_.push_back(octets);
    return span_of(kept_.back());
  };
  kept_.reserve(16);
  config.user = this;
  config.carrier = conversation.ends_with("broker") ? LEAFGATE_BROKER : LEAFGATE_SERIAL;
  config.registration_id = keep(vectors()["registrationId"].get<std::string>());
  config.payload = keep(vectors()["payload"].get<std::string>());
  config.address = 5;
  const Octets uid = unhex("0011223344556677");
  std::memcpy(config.uid, uid.data(), uid.size());
  if (conversation.starts_with("symmetricKey")) {
    config.attestation = LEAFGATE_SYMMETRIC_KEY;
  } else {
    config.attestation = conversation.starts_with("x509") ? LEAFGATE_X509 : LEAFGATE_TPM;
    config.pin = keep(vector_of("pin")).at;
  }
  if (config.attestation == LEAFGATE_X509) {
    config.schemes[0] = LEAFGATE_ES256;
    config.whole_transcript = conversation.ends_with("-64");
    if (serial()) {
      for (std::size_t i = 0; i < 2; ++i)
        config.chain[i] = keep(unhex(vectors()["chain"][i].get<std::string>()));
    } else {
      config.thumbprint = keep(vector_of("thumbprint")).at;
    }
  }
  if (config.attestation == LEAFGATE_TPM) {
    config.endorsement_key = keep(vector_of("endorsementKey"));
    config.storage_key = keep(vector_of("storageKey"));
  }
  LeafgateHooks& hooks = config.hooks;
  hooks.tx = [](void* user, const std::uint8_t* octets, std::size_t size) {
    if (!self(user).tx_fails) self(user).sent.emplace_back(text(octets, size));
    return self(user).tx_fails ? -1 : 0;
  };
  hooks.digest_start = [](void* user, int digest) { self(user).digests_.start(digest); };
  hooks.digest_add = [](void* user, int digest, const std::uint8_t* octets, std::size_t size) {
    self(user).digests_.add(digest, octets, size);
  };
  hooks.digest_end = [](void* user, int digest, std::uint8_t* out) { self(user).digests_.end(digest, out); };
  hooks.verify = [](void*, const std::uint8_t* key, const std::uint8_t* hash, const std::uint8_t* signature) {
    return device::verify_es256(text(key, 64), text(hash, 32), text(signature, 64)) ? 0 : -1;
  };
  hooks.sign = [](void* user, int scheme, const std::uint8_t* hash, std::uint8_t* out, std::size_t room_here,
                  std::size_t* size) {
    return self(user).sign(scheme, text(hash, 32), out, room_here, size);
  };
  hooks.activate = [](void* user, LeafgateSpan blob, LeafgateSpan sr, LeafgateSpan tail, std::uint8_t* mac) {
    if (octets_of(blob) != vector_of("credential") || self(user).sign_fails) return -1;
    const Octets made = device::hmac_sha256(vector_of("tpmKey"), octets_of(sr) + octets_of(tail));
    std::memcpy(mac, made.data(), made.size());
    return 0;
  };
  hooks.random = [](void* user, std::uint8_t* out, std::size_t size) {
    if (self(user).random_fails) return -1;
    self(user).draw(out, size);
    return 0;
  };
  hooks.now_ms = [](void* user) { return self(user).now; };
  hooks.tell = [](void* user, const LeafgateNews* news) { self(user).told.push_back(copy(*news)); };
}

int Firmware::start() {
  const int ready = init();
  return ready == LEAFGATE_OK ? leafgate_leaf_register(&leaf) : ready;
}

void Firmware::draw(std::uint8_t* out, std::size_t size) {
  ++drawn;
  std::memset(out, static_cast<int>(drawn), size);
  if (drawn != 2) return;
  const auto exchange = vectors()["exchange"].get<std::uint32_t>();
  const Octets nonce = vector_of("leafNonce");
  std::memcpy(out, &exchange, sizeof exchange);
  std::memcpy(out + sizeof exchange, nonce.data(), nonce.size());
}

// The vectors' own signatures: ES256 is not the same twice. Each ends its message.
int Firmware::sign(int scheme, std::string_view hash, std::uint8_t* out, std::size_t room,
                   std::size_t* size) {
  signed_hashes.emplace_back(hash);
  if (sign_fails || scheme != LEAFGATE_ES256 || room < 64) return -1;
  for (const char* name : {"proof", "signature_tls13", "signature_hash"}) {
    const Octets known = vector(name);
    const std::string_view signature = std::string_view(known).substr(known.size() - 64);
    if (!device::verify_es256(vector_of("leafPublic"), hash, signature)) continue;
    std::memcpy(out, signature.data(), 64);
    *size = signature_size;
    return 0;
  }
  return -1;
}

}  // namespace leafgate::leaf_link
