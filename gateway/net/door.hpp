#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <sys/socket.h>

#include "gateway/net/arrival.hpp"
#include "gateway/net/deadlines.hpp"
#include "gateway/net/listener.hpp"
#include "gateway/net/listening.hpp"
#include "gateway/net/tls_socket.hpp"

namespace leafgate::net {

// Adds one to a count for as long as it lives.
class Counted {
 public:
  explicit Counted(std::atomic<std::size_t>& count) : count_(&count) { ++*count_; }
  Counted(Counted&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
  Counted& operator=(Counted&&) = delete;
  ~Counted() {
    if (count_ != nullptr) --*count_;
  }

 private:
  std::atomic<std::size_t>* count_;
};

// The listener's part on one loop. add() and start() before the loops run or on the loop, the rest on it.
class Door {
 public:
  Door(const Executor& executor, std::size_t loop, const ListenerLimits& limits, Listener::Counts& counts,
       AdmissionObserver& observer, Penalties& penalties);

  void add(OwnedDescriptor listening, std::uint16_t port, Router router);
  void start();
  void close();  // no more connections; who waits is sent away
  void expire_all() { deadlines_.expire_all(Errc::stopped); }
  [[nodiscard]] const Executor& executor() const { return executor_; }

 private:
  struct Port {
    Port(const Executor& executor, int descriptor, std::uint16_t n, Router r)
        : listening(executor, descriptor), number(n), router(std::move(r)) {}
    boost::asio::posix::basic_stream_descriptor<Executor> listening;
    std::uint16_t number;
    Router router;
  };
  // Counts a connection whose handshake is not done, in all and of its source.
  class Waiting {
   public:
    Waiting(Door& door, std::uint64_t source);
    Waiting(Waiting&& other) noexcept
        : door_(std::exchange(other.door_, nullptr)),
          source_(other.source_),
          before_(other.before_),
          before_of_source_(other.before_of_source_) {}
    Waiting& operator=(Waiting&&) = delete;
    ~Waiting() { end(); }
    void end();
    // How many there were when this one came.
    [[nodiscard]] std::size_t before() const { return before_; }
    [[nodiscard]] std::size_t before_of_source() const { return before_of_source_; }

   private:
    Door* door_;
    std::uint64_t source_;
    std::size_t before_;
    std::size_t before_of_source_;
  };

  // A connection until its handshake may begin.
  struct Visit final : Gate::Guest {
    Visit(Door& d, Port& p, std::uint64_t from, Waiting one, Socket socket, PeerInfo peer)
        : task(d.counts_.tasks),
          door(d),
          port(p),
          source(from),
          waiting(std::move(one)),
          arrival(std::move(socket), std::move(peer)) {}
    void called(Result<Gate::Slot> slot) override { door.begin(*this, std::move(slot)); }

    Counted task;  // goes after everything else here
    Door& door;
    Port& port;
    std::uint64_t source;
    Waiting waiting;
    Arrival arrival;
  };

  Task<void> accept_all(Counted task, Port& port);
  // Accepts what is there, but not for ever. True when this program ran out of descriptors or memory.
  bool accept_some(Port& port);
  void say_exhausted(int why);
  void take(OwnedDescriptor descriptor, const sockaddr& from, Port& port);
  Task<void> admit(std::unique_ptr<Visit> visit);
  void receive(std::unique_ptr<Visit> visit);
  void begin(Visit& visit, Result<Gate::Slot> slot);
  Task<void> converse(Counted task, Waiting waiting, Socket socket, std::string octets, PeerInfo peer,
                      Route route, Gate::Slot slot, std::uint64_t source);
  Task<void> pass(Counted task, Socket socket, std::string octets, PeerInfo peer,
                  std::unique_ptr<StreamHandler> passage, Gate::Slot slot);
  [[nodiscard]] Gate::Visitor visitor(std::uint64_t source) const;
  // Tells the observer, and holds it against the source.
  void refuse(const PeerInfo& peer, std::uint64_t source, DoorFailure failure, std::string_view detail,
              Penalties::Kind weight = Penalties::Kind::bad_tls);
  void refuse_held(const PeerInfo& peer, std::uint64_t source);
  void tell_failed_handshake(const TlsSocket& tls, const PeerInfo& peer, std::uint64_t source);
  void tell_wordless_session(const TlsSocket& tls, const PeerInfo& peer, std::uint64_t source);
  void tell_silent(const TlsSocket& tls, const PeerInfo& peer, std::uint64_t source, std::string_view detail);

  Executor executor_;
  std::size_t loop_;
  const ListenerLimits& limits_;
  Listener::Counts& counts_;
  AdmissionObserver& observer_;
  Penalties& penalties_;
  Deadlines deadlines_;
  Gate gate_;
  std::vector<std::unique_ptr<Port>> ports_;
  std::unordered_map<std::uint64_t, std::size_t> waiting_;  // by source; only those that have some
  TimePoint quiet_until_{};                                 // about what this program ran out of
  bool closed_ = false;
};

}  // namespace leafgate::net
