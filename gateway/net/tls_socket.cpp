#include "gateway/net/tls_socket.hpp"

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "gateway/crypto/client_certificate.hpp"
#include "gateway/crypto/openssl_error.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate::net {
namespace asio = boost::asio;
namespace {

constexpr std::size_t record = 16 << 10;  // RFC 8446 §5.1
constexpr int alert_offset = 1000;        // SSL_AD_REASON_OFFSET: reasons from here are alerts of the peer
constexpr unsigned tries_in_a_row = 32;   // then the other sessions of the loop get their turn
constexpr std::size_t tls_linger_gulp = 2048;
constexpr Millis job_pause{
    20};  // until another try to get one of the jobs that all wait for their signatures
constexpr std::size_t least_step = 256;  // octets; fewer, without an answer of ours between, are no step

Socket::wait_type kind_of(TlsSocket::Want want) {
  if (want == TlsSocket::Want::write) return Socket::wait_write;
  return Socket::wait_read;
}

// As RFC 2253 writes it, in ASCII: whatever stands in a certificate, it is fit to be read.
std::string text_of(const X509_NAME* name) {
  constexpr std::size_t most = 160;
  const std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new(BIO_s_mem()), BIO_free);
  if (!out || X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253) < 0) return "?";
  char* octets = nullptr;
  const long count = BIO_get_mem_data(out.get(), &octets);
  const std::string text(octets, std::min(most, static_cast<std::size_t>(std::max(0L, count))));
  return text.empty() ? "an empty name" : text;
}

}  // namespace

TlsSocket::TlsSocket(Socket socket, std::shared_ptr<crypto::TlsContext> context, Role role,
                     Deadlines& deadlines, std::string prefix)
    : socket_(std::move(socket)),
      context_(std::move(context)),
      ssl_(SSL_new(context_->native()), SSL_free),
      client_(role == Role::client) {
  if (!ssl_) throw std::bad_alloc();
  wire_.descriptor = socket_.native_handle();
  wire_.prefix = std::move(prefix);
  BIO* bio = make_bio(wire_);
  SSL_set_bio(ssl_.get(), bio, bio);
  if (client_) {
    SSL_set_connect_state(ssl_.get());
  } else {
    SSL_set_accept_state(ssl_.get());
  }
  deadlines.add(*this);
}

TlsSocket::~TlsSocket() { unwind(); }

void TlsSocket::hold(Gate::Slot slot, LoopClock::duration silence) {
  slot_ = std::move(slot);
  silence_ = silence;
  unproven_ = true;
}

void TlsSocket::authenticated() {
  unproven_ = false;
  slot_.reset();
}

void TlsSocket::proof_pending() {
  unproven_ = false;
  if (slot_) slot_->give_place();
}

void TlsSocket::expect(const std::string& host) {
  host_ = host;
  boost::system::error_code no_address;
  asio::ip::make_address(host, no_address);
  bool set = false;
  if (no_address) {
    set = SSL_set_tlsext_host_name(ssl_.get(), host.c_str()) == 1 &&
          SSL_set1_host(ssl_.get(), host.c_str()) == 1;
    SSL_set_hostflags(ssl_.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  } else {
    set = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), host.c_str()) == 1;
  }
  SSL_set_app_data(ssl_.get(), this);
  SSL_set_verify(ssl_.get(), SSL_VERIFY_PEER, note_shown);
  // Never go on unchecked.
  if (!set) (void)fail(Trouble::failed, "no host name that can be checked: " + host);
}

// Called for each thing OpenSSL finds wrong. The certificate is not kept of a handshake that failed.
int TlsSocket::note_shown(int good, X509_STORE_CTX* verification) {
  if (good != 1) {
    const auto* ssl = static_cast<const SSL*>(
        X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto* self = static_cast<TlsSocket*>(SSL_get_app_data(ssl));
    const X509* leaf = X509_STORE_CTX_get0_cert(verification);
    if (leaf != nullptr)
      self->shown_ = "shown was " + text_of(X509_get_subject_name(leaf)) + ", issued by " +
                     text_of(X509_get_issuer_name(leaf));
  }
  return good;
}

TlsSocket::Want TlsSocket::fail(Trouble trouble, std::string detail) {
  if (trouble_ == Trouble::none) {
    trouble_ = trouble;
    detail_ = std::move(detail);
  }
  slot_.reset();
  return Want::failed;
}

TlsSocket::Want TlsSocket::fail_by_queue(int system_error) {
  const unsigned long first = ERR_peek_error();
  const int reason = ERR_GET_REASON(first);
  const bool alerted = ERR_GET_LIB(first) == ERR_LIB_SSL && reason >= alert_offset;
  if (delegation_.key) blame(alerted ? std::optional(reason - alert_offset) : std::nullopt);
  if (alerted) {
    ERR_clear_error();
    return fail(Trouble::alert, SSL_alert_desc_string_long(reason - alert_offset));
  }
  if (wire_.ended) {
    ERR_clear_error();
    return fail(Trouble::closed_by_peer, "closed without a goodbye");
  }
  if (first == 0 && system_error != 0) {
    return fail(Trouble::closed_by_peer, std::generic_category().message(system_error));
  }
  std::string detail = crypto::drain_errors();
  const long verified = client_ ? SSL_get_verify_result(ssl_.get()) : X509_V_OK;
  if (verified != X509_V_OK) {
    untrusted_ = true;
    detail = X509_verify_cert_error_string(verified);
    if (!shown_.empty()) detail += "; " + shown_;
  }
  return fail(Trouble::failed, std::move(detail));
}

// After SSL or SYSCALL no further call is made on the SSL object: over() sees to that.
template <class Operation>
TlsSocket::Want TlsSocket::attempt(Operation operation) {
  if (over()) return Want::failed;
  ERR_clear_error();
  errno = 0;
  const int result = operation(ssl_.get());
  const int system_error = errno;
  if (result > 0) return Want::nothing;
  // Asked first: SSL_get_error() takes any error that was left in the queue for the answer.
  if (SSL_want_async(ssl_.get())) {
    paused_on_ = std::this_thread::get_id();
    return Want::signature;
  }
  if (SSL_want_async_job(ssl_.get())) return Want::job;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return Want::read;
    case SSL_ERROR_WANT_WRITE:
      return Want::write;
    case SSL_ERROR_ZERO_RETURN:
      peer_ended_ = true;
      return Want::nothing;
    default:
      return fail_by_queue(system_error);
  }
}

bool TlsSocket::over() {
  if (trouble_ == Trouble::none && LoopClock::now() >= deadline()) expire(Errc::timed_out);
  return trouble_ != Trouble::none;
}

void TlsSocket::expire(Errc why) {
  if (trouble_ != Trouble::none) return;
  const bool stopping = why == Errc::stopped;
  hurried_ = !stopping && LoopClock::now() < deadline();
  const char* passed = hurried_ ? "silent while others waited" : "deadline passed";
  (void)fail(stopping ? Trouble::stopped : Trouble::expired, stopping ? "stopping" : passed);
  if (delegation_.key && stopping) delegation_.key->fail({Errc::stopped, "stopping"});
  if (delegation_.key && !stopping) delegation_.key->fail({Errc::timed_out, "no answer from the leaf"});
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

Error TlsSocket::error() const {
  if (delegated_) return *delegated_;
  if (delegation_.key && delegation_.key->failure()) return *delegation_.key->failure();
  switch (trouble_) {
    case Trouble::expired:
      return {Errc::timed_out, detail_};
    case Trouble::stopped:
      return {Errc::stopped, detail_};
    case Trouble::alert:
      return {Errc::unreachable, "the peer sent the TLS alert: " + detail_};
    default:
      return {untrusted_ ? Errc::untrusted : Errc::unreachable, detail_};
  }
}

TlsSocket::Want TlsSocket::step_handshake() {
  const Want want = attempt([](SSL* ssl) { return SSL_do_handshake(ssl); });
  if (want != Want::nothing) return want;
  if (peer_ended_) return fail(Trouble::closed_by_peer, "closed in the handshake");
  established_ = true;
  return delegation_.key ? confirm() : want;
}

TlsSocket::Want TlsSocket::step_read(std::span<std::uint8_t> into, std::size_t& count) {
  count = 0;
  const Want want = attempt([&](SSL* ssl) { return SSL_read_ex(ssl, into.data(), into.size(), &count); });
  if (count != 0 && !received_ && delegation_.key) delegation_.key->keep_session(ssl_.get());
  if (count != 0) received_ = true;
  return want;
}

TlsSocket::Want TlsSocket::step_write(ByteView octets, std::size_t& count) {
  count = 0;
  const ByteView part = octets.first(std::min(record, octets.size()));
  const Want want = attempt([&](SSL* ssl) { return SSL_write_ex(ssl, part.data(), part.size(), &count); });
  mid_record_ = want != Want::nothing;
  // OpenSSL calls a failed write after the peer's goodbye "zero return" too.
  if (want == Want::nothing && count == 0)
    return fail(Trouble::closed_by_peer, "closed before all was written");
  return want;
}

Task<Result<void>> TlsSocket::handshake() {
  for (;;) {
    const Want want = step_handshake();
    if (want == Want::nothing) co_return Result<void>();
    if (want == Want::failed) co_return error();
    if (want == Want::signature) {
      co_await wait_for_signature();
    } else if (want == Want::job) {
      co_await sleep_for(job_pause);
    } else {
      co_await wait_for(want);
    }
  }
}

std::shared_ptr<const crypto::CertificateChain> TlsSocket::peer_chain() const {
  return client_ ? nullptr : crypto::shown_chain(ssl_.get());
}

Task<void> TlsSocket::wait_for(Want want) {
  // Only a step of the conversation renews the patience: who sends an octet now and then is silent too.
  const bool moved = wire_.sent != sent_before_ || wire_.got >= got_before_ + least_step;
  if (slot_ && moved) {
    silent_until_ = LoopClock::now() + silence_;
    sent_before_ = wire_.sent;
    got_before_ = wire_.got;
  }
  if (slot_) set_patience(silent_until_);
  boost::system::error_code failure;
  co_await socket_.async_wait(kind_of(want), asio::redirect_error(use_task, failure));
  if (failure) (void)fail(Trouble::failed, failure.message());  // when expired, that is known already
  set_patience(TimePoint::max());
}

Task<void> TlsSocket::breathe() {
  if (++unbroken_ < tries_in_a_row) co_return;
  unbroken_ = 0;
  co_await asio::post(socket_.get_executor(), use_task);
}

Task<Result<std::size_t>> TlsSocket::read_some(std::span<std::uint8_t> into) {
  if (into.empty()) co_return std::size_t{0};
  co_await breathe();
  for (;;) {
    // SSL first, always: it may hold octets that the socket will never be ready for again.
    std::size_t count = 0;
    const Want want = step_read(into, count);
    if (want == Want::nothing) co_return count;
    if (want == Want::failed) co_return error();
    unbroken_ = 0;
    co_await wait_for(want);
  }
}

Task<Result<void>> TlsSocket::write(ByteView octets) {
  if (closed_) co_return Error(Errc::internal, "written after close");
  while (!octets.empty()) {
    co_await breathe();
    std::size_t count = 0;
    const Want want = step_write(octets, count);
    octets = octets.subspan(count);
    if (want == Want::nothing) continue;
    if (want == Want::failed) co_return error();
    unbroken_ = 0;
    co_await wait_for(want);
  }
  co_return Result<void>();
}

void TlsSocket::close() {
  if (closed_) return;
  closed_ = true;
  slot_.reset();
  const bool sound =
      trouble_ == Trouble::none || trouble_ == Trouble::expired || trouble_ == Trouble::stopped;
  if (sound && established_ && !mid_record_) {
    ERR_clear_error();
    (void)SSL_shutdown(ssl_.get());  // says goodbye once; the peer's is not waited for
    ERR_clear_error();
  }
  boost::system::error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
}

Task<void> TlsSocket::linger() {
  Bytes scratch(tls_linger_gulp);
  for (;;) {
    const auto count = co_await read_some(scratch);
    if (!count || *count == 0) co_return;
  }
}

}  // namespace leafgate::net
