#include "adapters/leaf/program/leaf.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include <openssl/rand.h>

#include "adapters/leaf/program/clock.hpp"
#include "adapters/leaf/program/text.hpp"

namespace leafgate::device {
namespace {

constexpr std::size_t room = 9000;           // there is enough memory here for whatever a message may hold
constexpr std::uint32_t unproven_ms = 3000;  // for the true gateway beside a false one
constexpr char unproven[] = "the gateway did not prove itself (other key on one side, or a false gateway)";

Leaf& self(void* user) { return *static_cast<Leaf*>(user); }

LeafgateSpan span_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string_view text_of(LeafgateSpan span) { return {reinterpret_cast<const char*>(span.at), span.size}; }

std::string_view text_of(const std::uint8_t* octets, std::size_t size) {
  return {reinterpret_cast<const char*>(octets), size};
}

void say(const std::string& text) { std::fprintf(stderr, "leafgate-leaf: %s\n", text.c_str()); }

JsonLine line_of(const Options& options, std::string_view status) {
  return JsonLine().add("registrationId", options.registration_id).add("status", status);
}

}  // namespace

Outcome no_answer(const Options& options, std::string_view why) {
  return {Outcome::Verdict::no_answer, line_of(options, "no-answer").add("message", why).text()};
}

Leaf::Leaf(const Options& options, Identity& identity, Carrier& carrier)
    : options_(options),
      identity_(identity),
      carrier_(carrier),
      digests_(identity.device_key),
      message_(room) {
  configure();
  const int ready = leafgate_leaf_init(&leaf_, &config_, message_.data(), message_.size());
  if (ready == LEAFGATE_NO_RANDOM) throw std::runtime_error("no random numbers are to be had");
  if (ready != LEAFGATE_OK)
    throw std::runtime_error("the registrationId, the payload or the certificates are too long");
}

LeafgateHooks Leaf::hooks() {
  LeafgateHooks hooks{};
  hooks.tx = [](void* user, const std::uint8_t* octets, std::size_t size) {
    return self(user).carrier_.send(text_of(octets, size)) ? 0 : -1;
  };
  hooks.digest_start = [](void* user, int digest) { self(user).digests_.start(digest); };
  hooks.digest_add = [](void* user, int digest, const std::uint8_t* octets, std::size_t size) {
    self(user).digests_.add(digest, octets, size);
  };
  hooks.digest_end = [](void* user, int digest, std::uint8_t* out) { self(user).digests_.end(digest, out); };
  hooks.verify = [](void*, const std::uint8_t* key, const std::uint8_t* hash, const std::uint8_t* signature) {
    return verify_es256(text_of(key, 64), text_of(hash, 32), text_of(signature, 64)) ? 0 : -1;
  };
  hooks.sign = [](void* user, int scheme, const std::uint8_t* hash, std::uint8_t* out, std::size_t most,
                  std::size_t* size) { return self(user).sign(scheme, text_of(hash, 32), out, most, size); };
  hooks.activate = [](void* user, LeafgateSpan blob, LeafgateSpan sr, LeafgateSpan tail, std::uint8_t* mac) {
    return self(user).activate(text_of(blob), std::string(text_of(sr)).append(text_of(tail)), mac);
  };
  hooks.random = [](void*, std::uint8_t* out, std::size_t size) {
    return RAND_bytes(out, static_cast<int>(size)) == 1 ? 0 : -1;
  };
  hooks.now_ms = [](void*) { return now_ms(); };
  hooks.tell = [](void* user, const LeafgateNews* news) { self(user).heard(*news); };
  return hooks;
}

void Leaf::configure() {
  config_.hooks = hooks();
  config_.user = this;
  config_.carrier = options_.tty.empty() ? LEAFGATE_BROKER : LEAFGATE_SERIAL;
  config_.registration_id = span_of(options_.registration_id);
  if (!options_.payload_file.empty()) payload_ = read_file(options_.payload_file);
  payload_.resize(payload_.find_last_not_of(" \r\n\t") + 1);
  config_.payload = span_of(payload_);
  if (!options_.gateway_pin.empty()) config_.pin = span_of(options_.gateway_pin).at;
  config_.attestation = identity_.tpm != nullptr   ? LEAFGATE_TPM
                        : identity_.key != nullptr ? LEAFGATE_X509
                                                   : LEAFGATE_SYMMETRIC_KEY;
  for (std::size_t i = 0; i < identity_.chain.size(); ++i) config_.chain[i] = span_of(identity_.chain[i]);
  if (identity_.key != nullptr) {
    const auto schemes = identity_.key->schemes();
    std::copy(schemes.begin(), schemes.end(), config_.schemes);
  }
  config_.whole_transcript = options_.whole_transcript;
  if (identity_.tpm != nullptr) {
    config_.endorsement_key = span_of(identity_.tpm->endorsement_key());
    config_.storage_key = span_of(identity_.tpm->storage_key());
    config_.busy_ms = 1500;
  }
  const std::string uid =
      options_.uid.empty() ? sha256(options_.registration_id) : from_hex(options_.uid).value_or("");
  std::memcpy(config_.uid, uid.data(), sizeof config_.uid);
  config_.address = static_cast<std::uint8_t>(options_.address);
}

void Leaf::step(int most_ms) {
  const std::string came = carrier_.receive(std::min(most_ms, static_cast<int>(leafgate_leaf_idle(&leaf_))));
  const auto* octets = reinterpret_cast<const std::uint8_t*>(came.data());
  if (came.empty()) {
    // Nothing, or nothing yet.
  } else if (config_.carrier == LEAFGATE_SERIAL) {
    leafgate_leaf_octets(&leaf_, octets, came.size());
  } else {
    leafgate_leaf_message(&leaf_, octets, came.size());
  }
  leafgate_leaf_tick(&leaf_);
}

Outcome Leaf::run(unsigned seconds) {
  const std::uint32_t begun = now_ms();
  outcome_.reset();
  unproven_since_.reset();
  last_refusal_.clear();
  trouble_ = "nobody asked this leaf";
  bool started = false;
  while (!outcome_ && now_ms() - begun < seconds * 1000) {
    if (!started && carrier_.is_up()) {
      started = true;
      if (leafgate_leaf_register(&leaf_) != LEAFGATE_OK)
        throw std::runtime_error("the payload and the certificates are too long for one message");
      trouble_ = "the gateway did not answer";
    }
    step(1000);
    if (leafgate_leaf_knows_gateway(&leaf_)) unproven_since_.reset();
    if (unproven_since_ && now_ms() - *unproven_since_ >= unproven_ms)
      outcome_ =
          Outcome{Outcome::Verdict::refused, line_of(options_, "refused").add("message", unproven).text()};
  }
  if (!outcome_) leafgate_leaf_stop(&leaf_);
  return outcome_ ? *outcome_ : give_up();
}

void Leaf::stay(unsigned seconds) {
  const std::uint32_t begun = now_ms();
  while (now_ms() - begun < seconds * 1000) step(1000);
}

Outcome Leaf::give_up() const {
  if (!last_refusal_.empty()) return {Outcome::Verdict::refused, last_refusal_};
  return no_answer(options_, carrier_.is_up() ? trouble_ : carrier_.trouble());
}

void Leaf::heard(const LeafgateNews& news) {
  if (news.what == LEAFGATE_UNPROVEN) {
    say(unproven);
    if (!unproven_since_) unproven_since_ = now_ms();
  } else if (news.what == LEAFGATE_SIGNED) {
    unproven_since_.reset();
    say("signed once for: " + std::string(text_of(news.reason)));
  } else if (news.what == LEAFGATE_ASSIGNED) {
    assigned(news);
  } else if (news.what == LEAFGATE_REFUSED) {
    unproven_since_.reset();
    last_refusal_ = line_of(options_, "refused")
                        .raw("errorCode", std::to_string(news.error_code))
                        .add("message", text_of(news.reason))
                        .text();
    if (news.wait == 0) outcome_ = Outcome{Outcome::Verdict::refused, last_refusal_};
  } else {
    trouble_ =
        news.what == LEAFGATE_FAILED ? "this leaf could not sign: " + trouble_ : "the gateway did not answer";
    say(trouble_ + "; again in " + std::to_string(news.wait) + " s");
  }
}

void Leaf::assigned(const LeafgateNews& news) {
  unproven_since_.reset();
  JsonLine line = line_of(options_, "assigned");
  line.add("assignedHub", text_of(news.assigned_hub)).add("deviceId", text_of(news.device_id));
  if (news.substatus.size != 0) line.add("substatus", text_of(news.substatus));
  if (news.payload.size != 0) line.add("payload", text_of(news.payload));
  if (identity_.tpm != nullptr && news.authentication_key.size != 0) {
    try {
      identity_.tpm->keep(text_of(news.authentication_key));
      line.add("hubKey", "kept");
    } catch (const TpmError& error) {
      say(error.what());
      line.add("hubKey", error.what());
    }
  }
  outcome_ = Outcome{Outcome::Verdict::assigned, line.text()};
}

int Leaf::sign(int scheme, std::string_view hash, std::uint8_t* out, std::size_t most, std::size_t* size) {
  if (identity_.key == nullptr) return -1;
  const Octets signature = identity_.key->sign(scheme, hash);
  if (signature.empty() || signature.size() > most) return -1;
  std::memcpy(out, signature.data(), signature.size());
  *size = signature.size();
  return 0;
}

int Leaf::activate(std::string_view blob, const std::string& text, std::uint8_t* mac) {
  if (identity_.tpm == nullptr) return -1;
  try {
    const std::string made = identity_.tpm->prove(blob, text);
    if (made.size() != 32) return -1;
    std::memcpy(mac, made.data(), made.size());
    return 0;
  } catch (const TpmError& error) {
    trouble_ = error.what();
    return -1;
  }
}

}  // namespace leafgate::device
