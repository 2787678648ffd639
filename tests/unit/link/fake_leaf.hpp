#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gateway/attestation/leaf_proof.hpp"
#include "gateway/crypto/hmac.hpp"
#include "gateway/crypto/p256.hpp"
#include "gateway/crypto/signing_key.hpp"
#include "gateway/ports/leaf_link.hpp"
#include "gateway/runtime/sleep.hpp"
#include "tests/unit/link/gateway_words.hpp"

namespace leafgate::link {

// The way to a leaf: keeps what is sent, and tells who listens.
class FakeCarrier : public LeafCarrier {
 public:
  Source from{Transport::serial, "line1/5"};
  std::string name = "serial/line1";
  std::string topic;
  bool there = true;
  std::vector<Bytes> sent;
  std::function<void(const Bytes&)> deliver;

  void send(Bytes message) override {
    sent.push_back(message);
    if (deliver && there) deliver(sent.back());
  }
  [[nodiscard]] const Source& source() const override { return from; }
  [[nodiscard]] const std::string& binding() const override { return name; }
  [[nodiscard]] const std::string& claimed_id() const override { return topic; }
  [[nodiscard]] bool is_there() const override { return there; }
  [[nodiscard]] GatewayWords last() const { return read_words(sent.back()); }
};

// What a leaf is and can say. It believes nothing that is not proved to it.
struct Firmware {
  std::string id = "pump-1";
  Mechanism mechanism = Mechanism::symmetric_key;
  std::string key;           // symmetricKey
  std::vector<Bytes> chain;  // x509
  std::optional<crypto::Digest> thumbprint;
  std::shared_ptr<crypto::SigningKey> signing;
  bool transcript = false;
  std::string tpm_key;
  Bytes pin;  // x and y of the gateway's key
  std::string payload;
};

// One attempt of it.
class LeafAttempt {
 public:
  LeafAttempt(const Firmware& firmware, std::uint32_t exchange) : firmware_(firmware), exchange_(exchange) {
    nonce_.fill(static_cast<std::uint8_t>(exchange));
  }

  const Bytes& hello() {
    const bool x509 = firmware_.mechanism == Mechanism::x509;
    const bool tpm = firmware_.mechanism == Mechanism::tpm;
    std::size_t entries = 3U + (firmware_.payload.empty() ? 0U : 1U) + (tpm ? 2U : 0U);
    if (x509) entries += firmware_.transcript ? 2U : 1U;
    CborWriter out;
    out.array(3).integer(1).integer(exchange_).map(entries);
    out.integer(1).text(firmware_.id).integer(2).integer(x509 ? 2 : tpm ? 3 : 1).integer(3).octets(nonce_);
    if (!firmware_.payload.empty()) out.integer(5).text(firmware_.payload);
    if (x509 && firmware_.thumbprint) out.integer(7).octets(*firmware_.thumbprint);
    if (x509 && !firmware_.thumbprint) {
      out.integer(6).array(firmware_.chain.size());
      for (const Bytes& each : firmware_.chain) out.octets(each);
    }
    if (x509 && firmware_.transcript) out.integer(11).boolean(true);
    if (tpm) out.integer(8).octets(as_bytes("its EK")).integer(9).octets(as_bytes("its SRK"));
    register_ = out.take();
    messages_ = crypto::sha256(register_);
    return register_;
  }
  // To a challenge that has proved itself.
  const Bytes& proof(const Bytes& challenge) {
    const GatewayWords words = read_words(challenge);
    const std::string nonce = words.text(1);
    gateway_nonce_.assign(nonce.begin(), nonce.end());
    CborWriter out;
    out.array(3).integer(3).integer(exchange_).map(1);
    const Bytes payload = CborWriter()
                              .array(4)
                              .text(firmware_.id)
                              .octets(gateway_nonce_)
                              .text(words.text(2))
                              .octets(crypto::sha256(register_))
                              .take();
    if (firmware_.mechanism == Mechanism::tpm) {
      const std::string text = words.text(4) + "\n" + std::to_string(words.number(5));
      out.integer(2).octets(crypto::hmac_sha256(as_bytes(firmware_.tpm_key), as_bytes(text)));
    } else if (firmware_.mechanism == Mechanism::x509) {
      const Bytes text = structure("Signature1", "\xa1\x01\x26", payload);
      out.integer(1)
          .array(4)
          .octets(as_bytes("\xa1\x01\x26"))
          .map(0)
          .null()
          .octets(firmware_.signing->sign(text));
    } else {
      const Bytes text = structure("MAC0", "\xa1\x01\x05", payload);
      out.integer(1).array(4).octets(as_bytes("\xa1\x01\x05")).map(0).null();
      out.octets(crypto::hmac_sha256(as_bytes(firmware_.key), text));
    }
    proof_ = out.take();
    Bytes all = register_;
    all.insert(all.end(), challenge.begin(), challenge.end());
    all.insert(all.end(), proof_.begin(), proof_.end());
    messages_ = crypto::sha256(all);
    return proof_;
  }
  [[nodiscard]] Bytes poll(std::string_view operation) const {
    return CborWriter().array(3).integer(5).integer(exchange_).map(1).integer(1).text(operation).take();
  }
  [[nodiscard]] Bytes signature(ByteView octets) const {
    CborWriter out;
    out.array(3).integer(9).integer(exchange_).map(octets.empty() ? 0 : 1);
    if (!octets.empty()) out.integer(1).octets(octets);
    return out.take();
  }

  // Whether the gateway has proved itself in this message.
  [[nodiscard]] bool believes(const Bytes& message) const {
    const GatewayWords words = read_words(message);
    if (!words.proof || words.exchange != exchange_) return false;
    GatewayWord word;
    word.type = words.type;
    word.exchange = exchange_;
    word.registration_id = firmware_.id;
    word.leaf_nonce = nonce_;
    if (words.type != challenge_type) word.nonce = gateway_nonce_;
    word.messages = messages_;
    word.body = crypto::sha256(words.body);
    const ByteView tag(words.proof->tag);
    if (words.proof->public_key.empty()) {
      const auto mac = gateway_mac(word, as_bytes(firmware_.key));
      return !firmware_.key.empty() && std::equal(mac.begin(), mac.end(), tag.begin(), tag.end());
    }
    Bytes point = words.proof->public_key;
    if (point != firmware_.pin || tag.size() != 64) return false;
    point.insert(point.begin(), 4);
    return crypto::is_p256_signature(point, gateway_text(word), tag.first(32), tag.last(32));
  }

 private:
  static Bytes structure(std::string_view context, std::string_view head, const Bytes& payload) {
    CborWriter out;
    out.array(4).text(context).octets(as_bytes(head)).octets(as_bytes("leaf"));
    return out.octets(payload).take();
  }

  const Firmware& firmware_;
  std::uint32_t exchange_;
  std::array<std::uint8_t, 16> nonce_{};
  Bytes register_;
  Bytes proof_;
  Bytes gateway_nonce_;
  crypto::Digest messages_{};
};

// A leaf that goes through the whole dialogue by itself, over a way that may lose messages of both
// directions. It repeats what is not answered, and begins anew when that does not help.
class FakeLeaf {
 public:
  FakeLeaf(const Executor& loop, LeafLink& gateway, std::shared_ptr<FakeCarrier> carrier, Firmware firmware)
      : gateway_(gateway), carrier_(std::move(carrier)), firmware_(std::move(firmware)), heard_(loop) {
    carrier_->deliver = [this](const Bytes& message) {
      if (is_lost()) return;
      inbox_.push_back(message);
      heard_.notify();
    };
  }

  int lose = 0;     // the n-th message of all
  int repeats = 2;  // of each message
  int attempts = 0;
  int messages = 0;
  int signed_times = 0;
  int disbelieved = 0;
  bool would_sign = true;
  std::optional<GatewayWords> end;  // result, or an error that is final
  bool gone = false;                // its task has ended

  // Says nothing more, whatever it hears.
  void give_up() {
    off_ = true;
    carrier_->deliver = nullptr;
    heard_.notify();
  }

  Task<void> run() {
    while (!end && !off_ && attempts < 8) {
      again_in_ = Seconds(1);
      attempt_.emplace(firmware_, static_cast<std::uint32_t>(1000 + ++attempts));
      signature_.clear();
      inbox_.clear();
      const Bytes hello = attempt_->hello();
      say(hello);
      co_await converse();
      if (!end && !off_) co_await sleep_for(again_in_);
    }
    gone = true;
  }

 private:
  bool is_lost() { return ++messages == lose; }
  void say(const Bytes& message) {
    last_ = message;
    if (!off_ && !is_lost()) gateway_.hear(carrier_, message);
  }
  // Until the attempt is over.
  Task<void> converse() {
    int unheard = 0;
    for (;;) {
      const TimePoint until = LoopClock::now() + Seconds(6);
      if (inbox_.empty()) (void)co_await heard_.wait_until(until);
      if (off_) co_return;
      if (inbox_.empty() && LoopClock::now() < until) continue;
      if (inbox_.empty()) {
        if (++unheard > repeats) co_return;
        say(last_);
        continue;
      }
      unheard = 0;
      const Bytes message = inbox_.front();
      inbox_.pop_front();
      const GatewayWords words = read_words(message);
      if (words.exchange != static_cast<std::uint32_t>(1000 + attempts)) continue;  // of an attempt given up
      if (words.type == status_type) {
        again_in_ = Seconds(words.number(3));
        if (words.text(2).empty()) co_return;
        co_await sleep_for(again_in_);
        say(attempt_->poll(words.text(2)));
        continue;
      }
      if (!attempt_->believes(message)) {
        ++disbelieved;
        continue;
      }
      if (words.type == challenge_type) say(attempt_->proof(message));
      if (words.type == sign_type) say(attempt_->signature(sign()));
      const bool final_error = words.type == error_type && words.number(3) < 0;
      if (words.type == result_type || final_error) {
        end = words;
        co_return;
      }
      if (words.type == error_type) {
        again_in_ = Seconds(words.number(3));
        co_return;
      }
    }
  }
  Bytes sign() {
    if (signature_.empty() && would_sign) {
      ++signed_times;
      signature_ = Bytes(64, 0x51);
    }
    return signature_;
  }

  LeafLink& gateway_;
  std::shared_ptr<FakeCarrier> carrier_;
  Firmware firmware_;
  Wakeup heard_;
  std::deque<Bytes> inbox_;
  std::optional<LeafAttempt> attempt_;
  Bytes last_;
  Bytes signature_;
  Seconds again_in_{1};
  bool off_ = false;
};

}  // namespace leafgate::link
