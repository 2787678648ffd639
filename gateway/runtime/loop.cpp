#include "gateway/runtime/loop.hpp"

#include <utility>

#include <boost/asio/post.hpp>
#include <pthread.h>

namespace leafgate {

Loop::Loop(std::string name) : name_(std::move(name)), guard_(context_.get_executor()) {}

Loop::~Loop() {
  release();
  join();
}

void Loop::start() {
  thread_ = std::thread([this] {
    ::pthread_setname_np(::pthread_self(), name_.substr(0, 15).c_str());  // the kernel keeps 15 characters
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
