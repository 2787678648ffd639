#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "gateway/crypto/delegated_key.hpp"
#include "gateway/crypto/tls_context.hpp"
#include "gateway/crypto/x509.hpp"
#include "gateway/net/deadlines.hpp"
#include "gateway/net/gate.hpp"
#include "gateway/net/socket.hpp"
#include "gateway/net/stream.hpp"
#include "gateway/net/tls_socket_wire.hpp"

struct ssl_st;
struct x509_store_ctx_st;

namespace leafgate::net {

// A client's certificate whose key is elsewhere, and whom to tell what it has to sign. `ask` is called on the
// connection's loop, in the handshake, once at most; the answer goes to the key, later, on the same loop.
struct Delegation {
  std::shared_ptr<crypto::DelegatedKey> key;
  std::function<void(SignRequest request)> ask;
};

// TLS on a connected socket: OpenSSL on the descriptor through a BIO of our own, Asio only waits for it
// (netcore §3). Lives on the loop of its socket and of `deadlines`, in the frame that uses it.
class TlsSocket final : public Stream, private Expiring {
 public:
  enum class Role { server, client };

  // `prefix` are octets that were already read from the socket. The context's settings count; a reference to
  // it is kept.
  TlsSocket(Socket socket, std::shared_ptr<crypto::TlsContext> context, Role role, Deadlines& deadlines,
            std::string prefix = {});
  ~TlsSocket() override;
  TlsSocket(const TlsSocket&) = delete;
  TlsSocket& operator=(const TlsSocket&) = delete;

  // Client, before the handshake: sends `host` as SNI and accepts only a certificate for it. An IP address is
  // checked as such and not sent. Another one fails the handshake with `untrusted`: why, and what was shown.
  void expect(const std::string& host);

  // Client, after expect() and before the handshake: shows the certificate of another, who signs while the
  // loop goes on. The handshake then fails also with refused (the leaf's doing), implausible or conflict (as
  // DelegatedKey::confirm() says), and with what the key was failed for. A peer that goes away meanwhile is
  // noticed.
  void delegate(Delegation delegation);

  Task<Result<void>> handshake();
  // Server, after the handshake: the certificates the peer showed; null when it showed none.
  [[nodiscard]] std::shared_ptr<const crypto::CertificateChain> peer_chain() const;
  Task<Result<std::size_t>> read_some(std::span<std::uint8_t> into) override;
  Task<Result<void>> write(ByteView octets) override;
  void expires_at(TimePoint when) override { set_deadline(when); }
  void close() override;  // once; nothing is sent after a failure or in the middle of a record
  // Reads and drops until the peer's end, a failure or the deadline: where this side closes first, a reset
  // could eat what the peer did not read yet.
  Task<void> linger();

  // Keeps the place at the gate until the session knows its peer or ends. While others wait for the place, a
  // peer from which nothing comes for `silence` after what was sent to it is expired; that is `hurried`.
  void hold(Gate::Slot slot, LoopClock::duration silence);
  void authenticated() override;
  void proof_pending() override;
  [[nodiscard]] bool is_unproven() const { return unproven_; }  // after hold()
  void expire(Errc why) override;
  [[nodiscard]] bool is_in_the_way() const override { return slot_ && slot_->is_wanted(); }

  // How the connection went, for whoever watches the door.
  enum class Trouble { none, expired, stopped, alert, closed_by_peer, failed };
  [[nodiscard]] Trouble trouble() const { return trouble_; }
  [[nodiscard]] const std::string& detail() const { return detail_; }  // the alert's name, or OpenSSL's words
  [[nodiscard]] bool has_sent() const { return wire_.sent != 0; }
  [[nodiscard]] bool has_received() const { return received_; }  // octets of the protocol inside
  [[nodiscard]] bool peer_ended() const { return peer_ended_; }
  [[nodiscard]] bool hurried() const { return hurried_; }  // expired before its deadline

  // One synchronous try each: what the tasks above repeat. `failed` is final.
  enum class Want { nothing, read, write, failed, signature, job };
  Want step_handshake();  // signature: once the key is settled; job: when another has its signature
  Want step_read(std::span<std::uint8_t> into, std::size_t& count);  // count 0: the peer's orderly end
  Want step_write(ByteView octets, std::size_t& count);

 private:
  template <class Operation>
  Want attempt(Operation operation);
  Want fail(Trouble trouble, std::string detail);
  Want fail_by_queue(int system_error);
  static int note_shown(int good, x509_store_ctx_st* verification);
  bool over();  // the deadline passed, or something failed before
  [[nodiscard]] Error error() const;
  // A peer whose octets are always there would keep the loop for itself: an operation that never has to wait
  // lets the others run now and then.
  Task<void> breathe();
  Task<void> wait_for(Want want);
  Task<void> wait_for_signature();
  void peer_gone();
  void unwind();
  void blame(std::optional<int> alert);
  Want confirm();

  Socket socket_;
  std::shared_ptr<crypto::TlsContext> context_;
  TlsWire wire_;
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> ssl_;
  std::optional<Gate::Slot> slot_;
  LoopClock::duration silence_{};
  TimePoint silent_until_ = TimePoint::max();
  std::size_t sent_before_ = 0;  // when silent_until_ was set
  std::size_t got_before_ = 0;
  Trouble trouble_ = Trouble::none;
  std::string detail_;
  std::string shown_;       // subject and issuer of a certificate that did not hold
  bool untrusted_ = false;  // that is why the handshake failed
  bool client_;
  bool established_ = false;
  bool received_ = false;
  bool peer_ended_ = false;
  bool closed_ = false;
  bool hurried_ = false;
  bool unproven_ = false;
  bool mid_record_ = false;  // a write was begun and not finished
  unsigned unbroken_ = 0;    // operations since the loop last had its turn
  Delegation delegation_;
  std::string host_;                // that was expected
  std::optional<Error> delegated_;  // why the delegation failed the handshake
  TimePoint asked_at_{};
  std::thread::id paused_on_;
};

}  // namespace leafgate::net
