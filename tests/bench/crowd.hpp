#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <queue>
#include <string>
#include <vector>

#include <netinet/in.h>

#include "tests/bench/visit.hpp"

namespace leafgate::bench {

struct CrowdPlan {
  sockaddr_in server{};
  Target target = Target::dps;
  std::string tls = "1.3";
  int concurrency = 32;   // visits in progress at most; those that stay after their answer do not count
  double per_second = 0;  // begin at this rate, whatever becomes of those before; 0: when another one ended
  int sources = 64;       // loopback addresses the leaves come from
  bool stay = false;
  bool steady = false;                // leaves come again and again while run() is not told to end
  bool resume = false;                // the first visit's session, which the others wait for
  std::shared_ptr<EVP_PKEY> key;      // of the certificates that the scripts show
  std::chrono::seconds timeout{120};  // for everything
};

struct Waited {
  std::chrono::steady_clock::time_point begun;
  double millis = 0;  // connect, or when it was due, to answer
};

struct CrowdResult {
  long answered = 0;
  long polled = 0;                     // of these, how many not in answer to the register request itself
  long resumed = 0;                    // and how many with the session of another
  std::map<std::string, long> failed;  // by reason
  std::vector<Waited> waited;          // one per answered visit
  double seconds = 0;                  // first connect to last close
};

// Many visits from one thread on one epoll.
class Crowd {
 public:
  // `scripts` must outlive it. Throws std::runtime_error.
  Crowd(const CrowdPlan& plan, const std::vector<Script>& scripts);
  ~Crowd();
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  // Until every visit is over, or with `stay` until every one is answered or failed. With `steady` none
  // begins once standard input has something to read or its end.
  CrowdResult run();
  // Ends the visits that stayed.
  void leave();

 private:
  using Clock = std::chrono::steady_clock;
  struct Leaf {
    std::unique_ptr<Visit> visit;
    Clock::time_point begun;
    bool staying = false;
  };
  using Pause = std::pair<Clock::time_point, std::size_t>;

  static int keep_session(SSL* ssl, SSL_SESSION* session);
  void watch_input();
  bool has_room() const;
  bool is_due() const;
  std::size_t next_leaf();
  void launch();
  void follow(std::size_t index, Visit::Next next);
  void fail(std::size_t index, const std::string& why);
  void stays(Leaf& leaf, bool staying);
  void forget(std::size_t index);
  void resume_due();
  void wait();
  void loop();

  const CrowdPlan plan_;
  const std::vector<Script>& scripts_;
  std::unique_ptr<SSL_CTX, FreeSsl> context_;
  std::unique_ptr<SSL_SESSION, FreeSsl> session_;
  int epoll_;
  std::vector<Leaf> leaves_;
  std::priority_queue<Pause, std::vector<Pause>, std::greater<>> pauses_;
  std::size_t next_ = 0;
  Clock::time_point due_;  // of the next one, where they come at a rate
  bool over_ = false;      // no visit begins any more
  std::size_t staying_ = 0;
  std::size_t open_ = 0;
  Clock::time_point begun_;
  Clock::time_point deadline_;
  CrowdResult result_;
};

}  // namespace leafgate::bench
