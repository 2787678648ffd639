#include "gateway/runtime/loop.hpp"

#include <utility>

#include <boost/asio/post.hpp>

#include "gateway/runtime/thread.hpp"

namespace leafgate {

Loop::Loop(std::string name, Share share)
    : name_(std::move(name)), share_(share), guard_(context_.get_executor()) {}

Loop::~Loop() {
  release();
  join();
}

void Loop::start() {
  thread_ = std::thread([this] {
    name_thread(name_);
    if (share_ == Share::what_is_left) give_way();
    context_.run();
  });
}

void Loop::run_here() { context_.run(); }

void Loop::release() {
  if (released_.exchange(true)) return;
  guard_.reset();
}

void Loop::join() {
  if (thread_.joinable()) thread_.join();
}

bool Loop::is_alive_since_last_asked() {
  const bool alive = ticked_.exchange(false);
  if (alive) boost::asio::post(context_, [this] { ticked_ = true; });
  return alive;
}

}  // namespace leafgate
