#include "gateway/net/plain_listener.hpp"

#include <boost/asio/redirect_error.hpp>

namespace leafgate::net {
namespace asio = boost::asio;
namespace {

using boost::system::error_code;
constexpr std::chrono::milliseconds breath(100);  // when there are no descriptors left

}  // namespace

// The protocol matters for opening alone, and this one is open: IPv6 goes by the same name.
PlainListener::PlainListener(Executor executor, OwnedDescriptor listening, Serve serve, std::size_t most)
    : acceptor_(executor, Tcp::v4(), listening.release()),
      serve_(std::move(serve)),
      most_(most),
      ended_(executor) {}

Task<void> PlainListener::run() {
  while (!stopped_) {
    Peer peer(acceptor_.get_executor());
    error_code failure;
    co_await acceptor_.async_accept(peer, asio::redirect_error(use_task, failure));
    if (stopped_) break;
    if (failure) {
      co_await sleep_for(breath);
      continue;
    }
    if (live_.size() >= most_) continue;
    spawn(acceptor_.get_executor(), session(std::move(peer)));
  }
  while (!live_.empty()) co_await ended_.wait();
}

Task<void> PlainListener::session(Peer peer) {
  PlainSocket socket(Socket(std::move(peer)));
  const auto place = live_.insert(live_.end(), &socket);
  co_await serve_(socket);
  live_.erase(place);
  ended_.notify();
}

void PlainListener::stop() {
  stopped_ = true;
  error_code ignored;
  acceptor_.close(ignored);
  for (PlainSocket* socket : live_) socket->stop();
}

}  // namespace leafgate::net
