#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/steady_timer.hpp>

#include "tests/leaf/conversation.hpp"
#include "tests/leaf/transport.hpp"

namespace leafgate::leaf {

// Where and how every leaf of this process connects.
struct Link {
  boost::asio::ip::tcp::endpoint gateway;
  std::string server_name;
  std::chrono::milliseconds timeout{60'000};   // for the whole visit, retries included
  bool retry = false;                          // connect again after a lost connection or CONNACK 3
  std::chrono::milliseconds retry_delay{500};  // halved to one and a half times, at random
};

// Told as it happens, in the order of the wire.
class Watcher {
 public:
  virtual ~Watcher() = default;
  virtual void accepted(const std::string& id, const std::string& operation) = 0;
  virtual void settled(const std::string& id, const Outcome& outcome) = 0;
  virtual void lost(const std::string& id, const std::string& why) = 0;
};

// One leaf's visit: connect, register, poll, go; over as many connections as it takes and `timeout` allows.
// Keeps itself alive until `done` was called, once. One thread.
class Device : public Transport::Events, public std::enable_shared_from_this<Device> {
 public:
  // The time is from start to the outcome, without the farewell.
  using Done = std::function<void(const Outcome&, std::chrono::microseconds)>;

  // References must outlive the object.
  Device(const boost::asio::any_io_executor& executor, boost::asio::ssl::context& context, const Link& link,
         boost::asio::ip::address local, LeafSettings settings, Watcher& watcher, Done done);
  void start();

  void opened() override;
  void packet(const Packet& packet) override;
  void lost(const std::string& why) override;

 private:
  void connect();
  void act(const Step& step);
  void settle(const Outcome& outcome);
  void arm(int milliseconds);
  void ping_later();
  void try_again(const std::string& why);
  void finish();
  std::int64_t now_ms() const;

  boost::asio::any_io_executor executor_;
  boost::asio::ssl::context& context_;
  const Link& link_;
  boost::asio::ip::address local_;
  LeafSettings settings_;
  Watcher& watcher_;
  Done done_;

  boost::asio::steady_timer timer_;
  boost::asio::steady_timer ping_;
  boost::asio::steady_timer deadline_;
  std::chrono::steady_clock::time_point begin_;
  std::chrono::microseconds took_{0};
  std::shared_ptr<Transport> transport_;
  std::unique_ptr<Conversation> conversation_;
  Outcome outcome_;
  bool settled_ = false;
  bool over_ = false;
};

}  // namespace leafgate::leaf
