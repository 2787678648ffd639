// What one connection costs the gateway's net room in memory (and, told only, in CPU). The server is this
// process, its leaves are a child. Usage: net_memory held|half-open|waiting COUNT LIMIT_KIB; fails above the
// limit.

#include <array>
#include <cstdlib>
#include <fstream>
#include <future>
#include <iostream>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/net/listener.hpp"
#include "gateway/runtime/loop.hpp"
#include "gateway/runtime/sleep.hpp"
#include "tests/fakes/test_pki.hpp"
#include "tests/unit/net/blocking_client.hpp"
#include "tests/unit/net/hello_bytes.hpp"

namespace leafgate::net {
namespace {

using namespace std::chrono_literals;

class Silent final : public AdmissionObserver {
  void door_failed(const PeerInfo&, DoorFailure, std::string_view) override {}
  void opened(const PeerInfo&) override {}
  void closed(const PeerInfo&) override {}
};

// Answers once, then holds the connection: a leaf between two polls. Or one that never proves who it is, and
// so keeps its place at the gate.
class Hold final : public StreamHandler {
 public:
  explicit Hold(bool proven) : proven_(proven) {}

 private:
  Task<void> serve(Stream& stream, PeerInfo /*peer*/) override {
    stream.expires_at(LoopClock::now() + 1h);
    Bytes part(64);
    for (;;) {
      const auto count = co_await stream.read_some(part);
      if (!count || *count == 0) co_return;
      const auto written = co_await stream.write(ByteView(part).first(*count));
      if (!written) co_return;
      if (proven_) stream.authenticated();
    }
  }

  bool proven_;
};

double resident_kib() {
  std::ifstream statm("/proc/self/statm");
  long total = 0;
  long resident = 0;
  statm >> total >> resident;
  return static_cast<double>(resident * ::sysconf(_SC_PAGESIZE)) / 1024;
}

double cpu_microseconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec);
  };
  return of(used.ru_utime) + of(used.ru_stime);
}

// Gives the last of what came time to be read.
void settle(const Executor& executor) {
  std::promise<void> settled;
  const auto rest = [](std::promise<void>& into) -> Task<void> {
    co_await sleep_for(200ms);
    into.set_value();
  };
  spawn(executor, rest(settled));
  settled.get_future().get();
}

// One octet over a pipe: "go on".
void say(int pipe) { (void)!::write(pipe, "x", 1); }
bool hear(int pipe) {
  char octet = 0;
  return ::read(pipe, &octet, 1) == 1;
}

[[noreturn]] void be_leaves(const std::string& mode, std::size_t count, std::uint16_t port,
                            const TestPki& pki, int in, int out) {
  const auto context = crypto::TlsContext::client(pki.ca_file()).value();
  const Bytes hello = hello_bytes("gw.example");
  std::vector<BlockingClient> leaves;
  for (const std::size_t upto :
       {count / 10, count}) {  // a tenth first: what the first ones cost is no part of it
    (void)hear(in);
    while (leaves.size() < upto) {
      BlockingClient& leaf = leaves.emplace_back(port);
      if (mode == "half-open") {
        // No word, the beginning of a record, or most of a hello: none of them may cost more.
        const std::array<std::size_t, 3> said{0, 6, hello.size() - 1};
        leaf.send(as_text(ByteView(hello).first(said[leaves.size() % said.size()])));
        continue;
      }
      if (mode == "waiting" && leaves.size() > 1) {  // for the first to give its place up
        leaf.send(as_text(hello));
        continue;
      }
      if (!leaf.shake(context->native()) || !leaf.write("hello") || leaf.read() != "hello") std::_Exit(1);
    }
    say(out);
  }
  (void)hear(in);
  std::_Exit(0);
}

int run(const std::string& mode, std::size_t count, double limit) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);

  const TestPki pki;
  const auto tickets =
      std::make_shared<crypto::TicketKeys>([] { return LoopClock::now().time_since_epoch(); });
  const auto identity = crypto::ServerIdentity::load(pki.certificate_file(), pki.key_file()).value();
  const auto context = crypto::TlsContext::server(identity, tickets).value();
  Silent observer;
  Hold handler(mode == "held");
  Loop loop("server");
  ListenerLimits limits;
  limits.hello_time = 1h;
  limits.listening.defer_accept = Seconds(0);
  if (mode == "waiting") {
    limits.gate.places = 1;
    limits.gate.longest_wait = limits.silence = 1h;
  }
  Penalties penalties;
  Listener listener(std::vector{loop.executor()}, limits, observer, penalties);
  const auto router = [&](const PeerInfo&, std::size_t) { return Route{&handler, context}; };
  const std::uint16_t port = listener.listen("127.0.0.1:0", router).value();

  std::array<int, 2> to_leaves{};
  std::array<int, 2> from_leaves{};
  if (::pipe(to_leaves.data()) != 0 || ::pipe(from_leaves.data()) != 0) return 2;
  const pid_t child = ::fork();
  if (child == 0) be_leaves(mode, count, port, pki, to_leaves[0], from_leaves[1]);
  ::close(from_leaves[1]);  // so that a leaf's death is heard

  listener.start();
  loop.start();
  const auto there = [&] {
    return mode == "half-open" ? listener.waiting() : listener.established() + listener.waiting();
  };
  const auto grow_to = [&](std::size_t upto) {
    say(to_leaves[1]);
    if (!hear(from_leaves[0])) std::_Exit(1);
    while (there() < upto) std::this_thread::yield();
    settle(loop.executor());
  };
  grow_to(count / 10);
  const double memory = resident_kib();
  const double cpu = cpu_microseconds();
  grow_to(count);
  const auto added = static_cast<double>(count - count / 10);
  const double each = (resident_kib() - memory) / added;
  std::cout << mode << ": " << count << " connections, " << each << " KiB each (limit " << limit << "), "
            << (cpu_microseconds() - cpu) / added << " us CPU each\n";

  say(to_leaves[1]);
  ::waitpid(child, nullptr, 0);
  std::promise<void> stopped;
  const auto stop = [](Listener& whom, std::promise<void>& into) -> Task<void> {
    co_await whom.stop(0s);
    into.set_value();
  };
  spawn(loop.executor(), stop(listener, stopped));
  stopped.get_future().get();
  return each <= limit ? 0 : 1;
}

}  // namespace
}  // namespace leafgate::net

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: " << argv[0] << " held|half-open|waiting COUNT LIMIT_KIB\n";
    return 2;
  }
  return leafgate::net::run(argv[1], std::stoul(argv[2]), std::stod(argv[3]));
}
