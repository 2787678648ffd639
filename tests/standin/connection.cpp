#include "tests/standin/connection.hpp"

#include <algorithm>
#include <array>

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
  StreamConnection(Stream stream, const Handler& handler, ConnectionCounters& counters)
      : stream_(std::move(stream)), timer_(stream_.get_executor()), handler_(handler), counters_(counters) {
    counters_.most_open = std::max(counters_.most_open, ++counters_.open);
  }
  ~StreamConnection() override { --counters_.open; }
  StreamConnection(const StreamConnection&) = delete;
  StreamConnection& operator=(const StreamConnection&) = delete;

  void start() override {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      stream_.async_handshake(asio::ssl::stream_base::server,
                              [self = this->shared_from_this()](error_code ec) { self->on_handshake(ec); });
    } else {
      read();
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
        ++counters_.tls_failed;
        return;
      }
      ++counters_.tls_done;
      if (SSL_session_reused(stream_.native_handle()) == 1) ++counters_.tls_resumed;
      shown_ = certificates_of(stream_.native_handle());
      read();
    }
  }

  void read() {
    const RequestReader::State state = reader_.feed(input_);
    if (state == RequestReader::State::complete) return answer();
    if (state != RequestReader::State::more) return turn_away(state);
    stream_.async_read_some(asio::buffer(chunk_),
                            [self = this->shared_from_this()](error_code ec, std::size_t n) {
                              if (ec) return;
                              self->input_.append(self->chunk_.data(), n);
                              self->read();
                            });
  }

  void turn_away(RequestReader::State state) {
    Response response;
    response.status = state == RequestReader::State::too_big ? 413 : 400;
    response.ending = Response::Ending::close;
    write(response, false);
  }

  void answer() {
    Request request = reader_.take();
    request.shown = shown_;
    auto response = std::make_shared<Response>(handler_(request));
    if (response->delay.count() == 0) return write(*response, request.keep_alive);
    timer_.expires_after(response->delay);
    timer_.async_wait([self = this->shared_from_this(), response, keep = request.keep_alive](error_code ec) {
      if (!ec) self->write(*response, keep);
    });
  }

  void write(const Response& response, bool asked_to_keep) {
    using Ending = Response::Ending;
    if (response.ending == Ending::reset) return reset();
    const bool keep = asked_to_keep && response.ending != Ending::close;
    output_ = wire_text(response, keep);
    if (response.ending == Ending::reset_half) output_.resize(output_.size() / 2);
    asio::async_write(
        stream_, asio::buffer(output_),
        [self = this->shared_from_this(), keep, ending = response.ending](error_code ec, std::size_t) {
          if (ec) return;
          if (ending == Ending::reset_half) return self->reset();
          if (keep) return self->read();
          self->close();
        });
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
  const Handler& handler_;
  ConnectionCounters& counters_;
  Certificates shown_;
  RequestReader reader_;
  std::array<char, 8192> chunk_{};
  std::string input_;
  std::string output_;
};

}  // namespace

void reset_socket(tcp::socket& socket) {
  error_code ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

std::shared_ptr<Connection> make_tls_connection(tcp::socket socket, asio::ssl::context& context,
                                                const Handler& handler, ConnectionCounters& counters) {
  return std::make_shared<StreamConnection<TlsStream>>(TlsStream(std::move(socket), context), handler,
                                                       counters);
}

std::shared_ptr<Connection> make_plain_connection(tcp::socket socket, const Handler& handler,
                                                  ConnectionCounters& counters) {
  return std::make_shared<StreamConnection<tcp::socket>>(std::move(socket), handler, counters);
}

}  // namespace leafgate::standin
