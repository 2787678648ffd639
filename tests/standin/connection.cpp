#include "tests/standin/connection.hpp"

#include <algorithm>
#include <array>

#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

namespace leafgate::standin {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
namespace {

using TlsStream = asio::ssl::stream<tcp::socket>;

tcp::socket& socket_of(tcp::socket& socket) { return socket; }
tcp::socket& socket_of(TlsStream& stream) { return stream.next_layer(); }

template <class Stream>
class StreamConnection final : public Connection,
                               public std::enable_shared_from_this<StreamConnection<Stream>> {
 public:
  StreamConnection(Stream stream, const Speak& speak, std::shared_ptr<ConnectionCounters> counters)
      : stream_(std::move(stream)),
        timer_(stream_.get_executor()),
        speak_(speak),
        counters_(std::move(counters)) {
    counters_->most_open = std::max(counters_->most_open, ++counters_->open);
  }
  ~StreamConnection() override { --counters_->open; }
  StreamConnection(const StreamConnection&) = delete;
  StreamConnection& operator=(const StreamConnection&) = delete;

  void start() override {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      stream_.async_handshake(asio::ssl::stream_base::server,
                              [self = this->shared_from_this()](error_code ec) { self->on_handshake(ec); });
    } else {
      talk_ = speak_({});
      proceed();
    }
  }

  void reset() override {
    timer_.cancel();
    reset_socket(socket_of(stream_));
  }

 private:
  void on_handshake(error_code ec) {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      if (ec) {
        ++counters_->tls_failed;
        return;
      }
      ++counters_->tls_done;
      SSL* session = stream_.native_handle();
      if (SSL_session_reused(session) == 1) ++counters_->tls_resumed;
      const char* name = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name);
      talk_ = speak_({certificates_of(session), name == nullptr ? "" : name, SSL_get_version(session)});
      proceed();
    }
  }

  void proceed() {
    auto step = talk_->next(input_);
    if (!step) return read();
    step_ = std::move(*step);
    if (step_.at_once.empty()) return hold_back();
    send(step_.at_once, [this] { hold_back(); });
  }

  void read() {
    if (const auto patience = talk_->patience(); patience.count() > 0) {
      timer_.expires_after(patience);
      timer_.async_wait([self = this->shared_from_this()](error_code ec) {
        if (!ec) self->reset();
      });
    }
    stream_.async_read_some(asio::buffer(chunk_),
                            [self = this->shared_from_this()](error_code ec, std::size_t n) {
                              self->timer_.cancel();
                              if (ec) return;
                              self->input_.append(self->chunk_.data(), n);
                              self->proceed();
                            });
  }

  void hold_back() {
    if (step_.delay.count() == 0) return finish();
    timer_.expires_after(step_.delay);
    timer_.async_wait([self = this->shared_from_this()](error_code ec) {
      if (!ec) self->finish();
    });
  }

  void finish() {
    if (step_.ending == Ending::reset) return reset();
    if (step_.ending == Ending::reset_half) step_.output.resize(step_.output.size() / 2);
    send(step_.output, [this] {
      if (step_.ending == Ending::reset_half) return reset();
      if (step_.ending == Ending::close) return close();
      proceed();
    });
  }

  // `then` is called once everything is written, never before this returns.
  template <class Then>
  void send(const std::string& text, Then then) {
    auto done = [self = this->shared_from_this(), then](error_code ec, std::size_t) {
      if (!ec) then();
    };
    if (text.empty())
      asio::post(stream_.get_executor(), [done] { done({}, 0); });
    else
      asio::async_write(stream_, asio::buffer(text), done);
  }

  void close() {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      stream_.async_shutdown([self = this->shared_from_this()](error_code) {});
    } else {
      error_code ignored;
      stream_.shutdown(tcp::socket::shutdown_both, ignored);
    }
  }

  Stream stream_;
  asio::steady_timer timer_;
  const Speak& speak_;
  std::shared_ptr<ConnectionCounters> counters_;  // ends with io, after the server
  std::unique_ptr<Talk> talk_;
  Step step_;
  std::array<char, 8192> chunk_{};
  std::string input_;
};

}  // namespace

void reset_socket(tcp::socket& socket) {
  error_code ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

std::shared_ptr<Connection> make_tls_connection(tcp::socket socket, asio::ssl::context& context,
                                                const Speak& speak,
                                                std::shared_ptr<ConnectionCounters> counters) {
  return std::make_shared<StreamConnection<TlsStream>>(TlsStream(std::move(socket), context), speak,
                                                       counters);
}

std::shared_ptr<Connection> make_plain_connection(tcp::socket socket, const Speak& speak,
                                                  std::shared_ptr<ConnectionCounters> counters) {
  return std::make_shared<StreamConnection<tcp::socket>>(std::move(socket), speak, std::move(counters));
}

}  // namespace leafgate::standin
