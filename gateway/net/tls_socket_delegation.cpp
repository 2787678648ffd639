// A client handshake that stops for a signature made elsewhere: an ASYNC job of OpenSSL is paused meanwhile.
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>

#include "gateway/net/tls_socket.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate::net {
namespace {

constexpr Millis look_again{500};
// A server that hangs up after this long did so because the leaf was slow.
constexpr Seconds patience_of_servers{5};

// What wakes the handshake; outlives the wait that it belongs to.
struct Watch {
  explicit Watch(const Executor& executor) : wakeup(executor) {}
  Wakeup wakeup;
  bool readable = false;  // or broken, or cancelled
};

// The end of the peer's octets, or a reset; octets that nobody reads yet may stand before it.
bool is_gone(int descriptor) {
  pollfd look{descriptor, POLLRDHUP, 0};
  return ::poll(&look, 1, 0) > 0 && (look.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

}  // namespace

void TlsSocket::delegate(Delegation delegation) {
  crypto::bound_delegated_jobs();
  delegation_ = std::move(delegation);
  const auto attached = delegation_.key->attach(ssl_.get());
  if (attached) return;
  delegated_ = attached.error();
  (void)fail(Trouble::failed, attached.error().detail);
}

TlsSocket::Want TlsSocket::confirm() {
  const auto confirmed = delegation_.key->confirm(ssl_.get());
  if (confirmed) return Want::nothing;
  delegated_ = confirmed.error();
  return fail(Trouble::failed, confirmed.error().detail);
}

void TlsSocket::blame(std::optional<int> alert) {
  delegation_.key->blame(ssl_.get(), alert);
  if (delegation_.key->asked_again()) delegated_ = Error(Errc::conflict, "a second signature is wanted");
}

void TlsSocket::peer_gone() {
  const bool leaf_was_slow = LoopClock::now() - asked_at_ >= patience_of_servers;
  if (leaf_was_slow) {
    delegation_.key->fail({Errc::timed_out, "the service hung up before the leaf signed"});
  } else {
    delegation_.key->drop();
  }
  (void)fail(Trouble::closed_by_peer, "closed while the leaf was asked to sign");
}

// Returns when the key is settled, or when all is over; then nothing is paused any more.
Task<void> TlsSocket::wait_for_signature() {
  crypto::DelegatedKey& key = *delegation_.key;
  auto request = key.asked(host_);
  if (request) {
    const auto watch = std::make_shared<Watch>(socket_.get_executor());
    auto wake = [watch] { watch->wakeup.notify(); };
    key.on_settled(wake);
    auto note = [watch](const boost::system::error_code&) {
      watch->readable = true;
      watch->wakeup.notify();
    };
    socket_.async_wait(Socket::wait_read, note);
    asked_at_ = LoopClock::now();
    delegation_.ask(std::move(*request));
    while (!key.settled() && !over()) {
      const TimePoint next = watch->readable ? LoopClock::now() + look_again : TimePoint::max();
      (void)co_await watch->wakeup.wait_until(next);
      if (!key.settled() && watch->readable && is_gone(wire_.descriptor)) peer_gone();
    }
    key.on_settled(nullptr);
    boost::system::error_code ignored;
    if (!watch->readable) socket_.cancel(ignored);
  }
  if (over()) unwind();
}

// Frees what a paused job holds: it fails, the peer gets an alert, and the stack goes back to its pool. Never
// on a thread that is not the job's: there it would crash, and what it holds is lost instead.
void TlsSocket::unwind() {
  if (!ssl_ || !delegation_.key || SSL_waiting_for_async(ssl_.get()) != 1) return;
  if (std::this_thread::get_id() != paused_on_) {
    (void)ssl_.release();
    return;
  }
  delegation_.key->on_settled(nullptr);
  delegation_.key->drop();
  ERR_clear_error();
  (void)SSL_do_handshake(ssl_.get());
  ERR_clear_error();
}

}  // namespace leafgate::net
