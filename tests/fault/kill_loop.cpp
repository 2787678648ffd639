// kill -9 at any moment, again and again: what was answered must be there.
//   fault_kill_loop WRITER CYCLES [SEED]
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <string>

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/model/time.hpp"
#include "gateway/runtime/clock.hpp"
#include "store/database.hpp"
#include "store/state_dir.hpp"
#include "tests/fakes/temporary_folder.hpp"

namespace {

using namespace leafgate;

struct Child {
  pid_t pid;
  int out;
};

Child start(const char* program, const std::string& folder, int first) {
  int pipe[2];
  if (::pipe(pipe) != 0) std::abort();
  const std::string number = std::to_string(first);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(pipe[1], STDOUT_FILENO);
    ::close(pipe[0]);
    ::close(pipe[1]);
    ::execl(program, program, folder.c_str(), number.c_str(), nullptr);
    std::_Exit(127);
  }
  ::close(pipe[1]);
  return Child{pid, pipe[0]};
}

// Reads until the end or until `limit`, which runs from the first octet on.
bool read_for(int fd, std::string& into, Millis limit) {
  TimePoint end{};
  for (;;) {
    const bool begun = !into.empty();
    if (begun && end == TimePoint{}) end = LoopClock::now() + limit;
    const auto left = std::chrono::duration_cast<Millis>(end - LoopClock::now()).count();
    if (begun && left < 0) return true;
    pollfd wait{fd, POLLIN, 0};
    if (::poll(&wait, 1, begun ? static_cast<int>(left) : 10'000) <= 0) return begun;
    char octets[4096];
    const ssize_t size = ::read(fd, octets, sizeof octets);
    if (size <= 0) return begun;
    into.append(octets, static_cast<std::size_t>(size));
  }
}

// Leaves by how far they were told to be: 'q' or 's'. A line cut short was not told.
void note_answers(const std::string& lines, std::map<int, char>& told) {
  for (std::size_t at = 0, end = 0; (end = lines.find('\n', at)) != std::string::npos; at = end + 1)
    told[std::atoi(lines.c_str() + at + 2)] = lines[at];
}

int missing(Connection& connection, const std::map<int, char>& told) {
  int out = 0;
  for (const auto& [leaf, how] : told) {
    Query query(connection, "SELECT queued IS NULL, assigned_hub IS NULL FROM registration WHERE key=?1");
    const std::string key = "leaf-" + std::to_string(leaf);
    const auto row = query.text(1, key).step();
    const bool there = row && *row;
    if (!there || (how == 's' && (query.integer(0) == 0 || query.integer(1) != 0))) ++out;
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  std::mt19937 random(argc > 3 ? static_cast<unsigned>(std::atoi(argv[3])) : 1U);
  const TemporaryFolder folder;
  std::map<int, char> told;
  const int cycles = std::atoi(argv[2]);
  for (int cycle = 0; cycle < cycles; ++cycle) {
    const int first = told.empty() ? 0 : told.rbegin()->first + 8;
    const Child child = start(argv[1], folder.path(), first);
    std::string lines;
    const bool wrote = read_for(child.out, lines, Millis(random() % 61));
    ::kill(child.pid, SIGKILL);
    ::waitpid(child.pid, nullptr, 0);
    read_for(child.out, lines, Millis(1000));  // what it had said before
    ::close(child.out);
    note_answers(lines, told);
    DatabaseOptions options;
    options.path = folder.path() + "/leafgate.db";
    options.forget_pages = sync_and_forget_pages;
    auto connection = open_database(options);
    const int lost = connection ? missing(*connection, told) : -1;
    if (!wrote || lost != 0) {
      std::printf("cycle %d: %s, %d answers lost\n", cycle, wrote ? "killed" : "the writer said nothing",
                  lost);
      return 1;
    }
  }
  std::printf("%d cycles, %zu leaves answered, 0 lost\n", cycles, told.size());
  return 0;
}
