#include "gateway/net/web_socket.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "gateway/model/time.hpp"
#include "gateway/net/stream_face.hpp"

namespace leafgate::net {

// Beast's WebSocket ends its transport through these, found by argument-dependent lookup (not in an unnamed
// namespace).
static void beast_close_socket(StreamFace& face) { face.stream().close(); }

template <class Handler>
static void async_teardown(boost::beast::role_type, StreamFace& face, Handler&& handler) {
  face.stream().close();
  boost::asio::post(face.get_executor(), [done = std::forward<Handler>(handler)]() mutable {
    std::move(done)(boost::system::error_code());
  });
}

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;

constexpr Millis goodbye_time{1'000};

// Without permessage-deflate: 300 octets of MQTT gain nothing, and its windows cost more than the session.
using BeastSocket = websocket::stream<StreamFace, false>;

// The octets of binary messages as a Stream.
class MessageStream final : public Stream {
 public:
  MessageStream(Stream& stream, const Executor& executor)
      : stream_(stream), socket_(StreamFace(stream, executor)) {
    socket_.set_option(websocket::stream_base::timeout{websocket::stream_base::none(),
                                                       websocket::stream_base::none(), false});
    socket_.read_message_max(0);  // octets are taken as they come: a long message costs nothing
    socket_.auto_fragment(false);
    socket_.binary(true);
  }

  Task<Result<void>> accept(const WebSocketRequest& request);
  Task<Result<std::size_t>> read_some(std::span<std::uint8_t> into) override;
  Task<Result<void>> write(ByteView octets) override;
  void expires_at(TimePoint when) override { stream_.expires_at(when); }
  void authenticated() override { stream_.authenticated(); }
  void proof_pending() override { stream_.proof_pending(); }
  void close() override {}  // the closing handshake comes when the handler has returned
  Task<void> say_goodbye();

 private:
  Result<void> judged(const boost::system::error_code& error);

  Stream& stream_;
  BeastSocket socket_;
  websocket::close_code goodbye_ = websocket::close_code::normal;
  bool broken_ = false;
};

Result<void> MessageStream::judged(const boost::system::error_code& error) {
  if (!error) return {};
  broken_ = true;
  if (error == asio::error::timed_out) return Error(Errc::timed_out, "the deadline passed");
  if (error == asio::error::operation_aborted) return Error(Errc::stopped, "stopping");
  return Error(Errc::unreachable, error.message());
}

Task<Result<void>> MessageStream::accept(const WebSocketRequest& request) {
  http::request<http::empty_body> opening(http::verb::get, "/", 11);
  opening.set(http::field::host, "gateway");
  opening.set(http::field::upgrade, "websocket");
  opening.set(http::field::connection, "Upgrade");
  opening.set(http::field::sec_websocket_version, "13");
  opening.set(http::field::sec_websocket_key, request.key);
  const auto decorate = [&request](websocket::response_type& response) {
    response.set(http::field::sec_websocket_protocol, request.protocol);
    response.set(http::field::server, "gateway");  // else Beast names itself and its version
  };
  socket_.set_option(websocket::stream_base::decorator(decorate));
  boost::system::error_code error;
  co_await socket_.async_accept(opening, asio::redirect_error(use_task, error));
  co_return judged(error);
}

Task<Result<std::size_t>> MessageStream::read_some(std::span<std::uint8_t> into) {
  for (;;) {
    boost::system::error_code error;
    const std::size_t count = co_await socket_.async_read_some(asio::buffer(into.data(), into.size()),
                                                               asio::redirect_error(use_task, error));
    if (error == websocket::error::closed) {
      broken_ = true;  // its goodbye is answered already
      co_return std::size_t{0};
    }
    const auto fine = judged(error);
    if (!fine) co_return fine.error();
    if (socket_.got_text()) {
      goodbye_ = websocket::close_code::unknown_data;
      co_return Error(Errc::unreachable, "a text message: MQTT comes in binary ones");
    }
    if (count > 0) co_return count;  // an empty message says nothing
  }
}

Task<Result<void>> MessageStream::write(ByteView octets) {
  boost::system::error_code error;
  co_await socket_.async_write(asio::buffer(octets.data(), octets.size()),
                               asio::redirect_error(use_task, error));
  co_return judged(error);
}

Task<void> MessageStream::say_goodbye() {
  if (broken_) co_return;
  stream_.expires_at(LoopClock::now() + goodbye_time);
  boost::system::error_code error;
  co_await socket_.async_close(goodbye_, asio::redirect_error(use_task, error));
}

}  // namespace

Task<void> serve_web_socket(Stream& stream, WebSocketRequest request, std::string unread,
                            StreamHandler& handler, PeerInfo peer) {
  if (!unread.empty()) co_return;
  const Executor executor = co_await asio::this_coro::executor;
  MessageStream messages(stream, executor);
  stream.expires_at(LoopClock::now() + goodbye_time);
  const auto accepted = co_await messages.accept(request);
  if (!accepted) co_return;
  co_await handler.serve(messages, std::move(peer));
  co_await messages.say_goodbye();
}

}  // namespace leafgate::net
