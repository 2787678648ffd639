#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "adapters/mqtt/client_family.hpp"
#include "adapters/mqtt/encode.hpp"
#include "adapters/mqtt/limits.hpp"
#include "adapters/mqtt/packet.hpp"
#include "gateway/ports/journal.hpp"
#include "gateway/ports/registrar.hpp"
#include "gateway/runtime/clock.hpp"

namespace leafgate::mqtt {

// What a session needs next.
enum class Next {
  read,    // octets: put them to room(), tell received()
  ask,     // attempt() put before the Registrar, then answer()
  refuse,  // answer() with refusal(): the request cannot be put before anybody
  close,   // the connection ended, after output() is written
};

// One leaf on one connection: DPS over MQTT 3.1.1 without any I/O. Octets go in, octets and requests come
// out. A request is answered before the next packet is looked at, so at most one is in flight and colliding
// request ids (C, Embedded C) cannot be mixed up; what a leaf sends meanwhile waits in its socket.
//
//   state             CONNECT           SUBSCRIBE       PUBLISH              PINGREQ ...  anything else
//   awaiting_connect  CONNACK -> open,  close           close                close        close
//                     or ask -> knocking
//   knocking          nothing is read before its answer: CONNACK -> open, or elsewhere -> closed
//   open              close             SUBACK          PUBACK, ask/refuse   answered     close
//   closed            nothing is read any more
//
// A leaf whose evidence is its certificate knocks: whether it is answered here at all is asked before its
// CONNACK. Who is told to go elsewhere, then or later, hears nothing more: the connection ends.
// A leaf with a TPM connects without a password, is challenged by the 401 to its first request, and comes
// again with the token it signed as password: DPS has no TPM over MQTT, so this is an extension.
//
// Decisions where DPS documents none: a will, QoS 2, a foreign topic and a second CONNECT close; a foreign
// filter gets SUBACK 0x80; retain and DUP are passed over; an answer nobody subscribed to is not sent.
class Session {
 public:
  // `limits` and `journal` outlive the session.
  // `chain` is what the leaf showed in its TLS handshake; null when it showed none. It is the leaf's evidence
  // unless CONNECT carries a password: then what the leaf says counts, not what its TLS stack added to it.
  Session(const Limits& limits, Journal& journal, Source source,
          std::shared_ptr<const crypto::CertificateChain> chain = nullptr);

  // Where the next octets go; valid until any other call. Kept small while little is awaited.
  [[nodiscard]] std::span<std::uint8_t> room();
  void received(std::size_t octets);
  // Works through whole packets until something is needed. After ask and refuse: answer() first.
  [[nodiscard]] Next advance();

  [[nodiscard]] Attempt attempt();
  [[nodiscard]] Answer refusal() const;
  // Of what waits for its answer; only while something does.
  [[nodiscard]] const RegistrationId& id() const { return leaf_->id; }
  [[nodiscard]] bool is_knock() const { return state_ == State::knocking; }
  [[nodiscard]] bool is_poll() const { return request_ && request_->operation.has_value(); }
  // Whether its answer must not come at once (Limits::pause).
  [[nodiscard]] bool must_pause() const { return request_ && request_->pauses; }
  // `body` is the JSON text that says the same; of a knock there is none.
  void answer(const Answer& answer, std::string_view body);

  // What is to be written; taken once.
  [[nodiscard]] std::string output() { return std::exchange(output_, {}); }
  // What output() gave has been written.
  void delivered() { undelivered_ = false; }
  // The connection is over without our doing: by an error, or nullopt for the leaf's orderly end. Tells the
  // journal where nothing else will.
  void lost(const std::optional<Error>& error);

  // Whether its last answer was that the service is still being asked for it: its time begins anew.
  [[nodiscard]] bool awaits_service() const { return awaits_service_; }
  // Until when the next octet must come, for a connection whose time began at `begun`.
  [[nodiscard]] TimePoint read_deadline(TimePoint begun, TimePoint now) const;
  [[nodiscard]] bool proven() const { return proven_; }

 private:
  enum class State : std::uint8_t { awaiting_connect, knocking, open, closed };

  // Who a good CONNECT named.
  struct Leaf {
    IdScope scope;
    RegistrationId id;
    std::string client;
    std::string token;  // empty: none was sent; a credential: never logged
    ClientFamily family;
    std::uint16_t keep_alive;
  };
  // A request between its packet and its answer.
  struct Request {
    std::string rid;
    RegistrationRequest content;
    std::optional<OperationId> operation;
    bool pauses = false;
    Reason refused = Reason::none;
    std::string why;  // it was refused, for the leaf
  };

  [[nodiscard]] ByteView unread() const;
  [[nodiscard]] Expect expected() const;
  std::optional<Next> take_packet();
  std::optional<Next> take_oversize(std::size_t size);
  std::optional<Next> on(const Connect& packet);
  std::optional<Next> on(const Publish& packet);
  std::optional<Next> on(const PubAck& packet);
  std::optional<Next> on(const Subscribe& packet);
  std::optional<Next> on(const Unsubscribe& packet);
  std::optional<Next> on(const PingReq& packet);
  std::optional<Next> on(const Disconnect& packet);
  std::optional<Next> take_request(const Publish& packet, bool oversize);
  void let_in();
  void send_elsewhere();
  Next refuse(Reason reason, std::string why);
  Next reject_connect(ConnectCode code, Reason reason, std::string_view detail, std::string_view claimed_id);
  Next breach(Reason reason, std::string_view detail);
  Next breach_of_stranger(std::string_view why);
  void note(Reason reason, std::string_view detail, std::string_view claimed_id);
  [[nodiscard]] std::string_view claimed_id() const;

  const Limits& limits_;
  Journal& journal_;
  Source source_;
  std::shared_ptr<const crypto::CertificateChain> chain_;
  Bytes input_;
  std::size_t begin_ = 0;  // of what is unread in input_
  std::size_t end_ = 0;
  std::size_t needed_ = 0;  // octets without which the packet at begin_ says nothing
  std::size_t skip_ = 0;    // octets still to come of a packet that was refused for its size
  std::string output_;
  std::optional<Leaf> leaf_;
  std::unique_ptr<Request> request_;
  std::string_view step_ = "tls";  // how far the leaf came
  State state_ = State::awaiting_connect;
  bool heard_ = false;  // at least one octet came
  bool answered_ = false;
  bool undelivered_ = false;  // an answer is not written yet
  bool proven_ = false;
  bool pending_ = false;     // an answer left its proof open: assigning, or a gateway or service too busy
  bool challenged_ = false;  // one answer was the challenge of a TPM
  bool awaits_service_ = false;
  bool subscribed_ = false;
  std::uint8_t granted_qos_ = 0;
  std::uint16_t last_packet_id_ = 0;
  unsigned refused_ = 0;
  unsigned noted_ = 0;
};

}  // namespace leafgate::mqtt
