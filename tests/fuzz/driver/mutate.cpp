// Stands in for libFuzzer where the compiler has none: runs every file of the corpus folder, then mutations
// of them, the same on every run, for some seconds of its own CPU time (a busy machine changes nothing).
// Usage: fuzz_NAME CORPUS_FOLDER [--seconds N] [--rate N] [--count N] [--seed N]. Below `rate` executions per
// CPU second it fails: then the target does more than decode. An input that breaks the target is written to
// stderr in hex before the program dies.

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
// sanitizer/common_interface_defs.h; null in a build without sanitizers.
extern "C" [[gnu::weak]] void __sanitizer_set_death_callback(void (*callback)());

// Stacks of every allocation and a large quarantine cost more than the decoders; who wants them for a finding
// runs its input with ASAN_OPTIONS of their own.
extern "C" const char* __asan_default_options() {
  return "malloc_context_size=0:quarantine_size_mb=1:thread_local_quarantine_size_kb=16";
}

namespace {

using Input = std::vector<std::uint8_t>;
constexpr std::size_t longest = 8192;

const Input* running = nullptr;

// Written piece by piece, so that an input of any length is told whole and no memory is needed.
void tell_input() {
  if (running == nullptr) return;
  constexpr char hex[] = "0123456789abcdef";
  char text[128];
  std::size_t length = 0;
  const auto flush = [&] {
    const bool written = ::write(STDERR_FILENO, text, length) >= 0;
    length = 0;
    return written;
  };
  for (const std::uint8_t octet : *running) {
    text[length++] = hex[octet >> 4U];
    text[length++] = hex[octet & 15U];
    if (length == sizeof(text) && !flush()) return;
  }
  text[length++] = '\n';
  (void)flush();
}

void tell_input_at_signal(int signal) {
  tell_input();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

// A sanitizer reports faults itself and then asks; without one every deadly signal is told of here.
void tell_input_at_death() {
  std::signal(SIGABRT, tell_input_at_signal);
  if (__sanitizer_set_death_callback != nullptr) return __sanitizer_set_death_callback(tell_input);
  for (const int signal : {SIGSEGV, SIGFPE, SIGILL}) std::signal(signal, tell_input_at_signal);
}

std::vector<Input> read_corpus(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  if (std::filesystem::is_directory(folder)) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Input> corpus;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  corpus.emplace_back();
  return corpus;
}

class Mutator {
 public:
  Mutator(const std::vector<Input>& corpus, std::uint64_t seed) : corpus_(corpus), random_(seed) {}

  Input next() {
    Input input = corpus_[below(corpus_.size())];
    for (std::size_t steps = 1 + below(6); steps > 0; --steps) step(input);
    if (input.size() > longest) input.resize(longest);
    return input;
  }

 private:
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }
  std::uint8_t octet() { return static_cast<std::uint8_t>(random_()); }
  std::ptrdiff_t place(const Input& input) { return static_cast<std::ptrdiff_t>(below(input.size() + 1)); }

  void step(Input& input) {
    constexpr std::uint8_t telling[] = {0, 1, 0x7f, 0x80, 0xff, '\n', '"', '{', ','};
    const std::ptrdiff_t at = place(input);
    const auto inside = static_cast<std::size_t>(at);
    switch (below(8)) {
      case 0:
        if (inside < input.size()) input[inside] ^= static_cast<std::uint8_t>(1U << below(8));
        break;
      case 1:
        if (inside < input.size()) input[inside] = octet();
        break;
      case 2:
        if (inside < input.size()) input[inside] = telling[below(std::size(telling))];
        break;
      case 3:
        input.resize(inside);
        break;
      case 4:
        input.insert(input.begin() + at, 1 + below(8), octet());
        break;
      case 5: {
        const auto end = std::min(input.size(), inside + 1 + below(8));
        input.erase(input.begin() + at, input.begin() + static_cast<std::ptrdiff_t>(end));
        break;
      }
      case 6: {
        const Input& other = corpus_[below(corpus_.size())];
        const std::ptrdiff_t from = place(other);
        input.insert(input.begin() + at, other.begin() + from, other.end());
        break;
      }
      default: {
        const Input copy(input.begin() + at, input.end());
        input.insert(input.begin() + place(input), copy.begin(), copy.end());
      }
    }
    if (input.size() > longest) input.resize(longest);
  }

  const std::vector<Input>& corpus_;
  std::mt19937_64 random_;
};

void run(const Input& input) {
  running = &input;
  // A copy of exactly this size, so that the address sanitizer sees every octet read behind the end.
  const Input exact(input);
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
  running = nullptr;
}

struct Plan {
  double seconds = 60;
  double rate = 0;
  std::uint64_t count = 0;  // 0: as many as the time allows
  std::uint64_t seed = 1;
};

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

bool read_plan(int argc, char** argv, Plan& plan) {
  if (argc < 2 || argc % 2 != 0) return false;
  for (int i = 2; i < argc; i += 2) {
    const std::string_view name = argv[i];
    const std::string_view text = argv[i + 1];
    std::uint64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size()) return false;
    if (name == "--seconds")
      plan.seconds = static_cast<double>(value);
    else if (name == "--rate")
      plan.rate = static_cast<double>(value);
    else if (name == "--count")
      plan.count = value;
    else if (name == "--seed")
      plan.seed = value;
    else
      return false;
  }
  return true;
}

// The time of the targets and of the mutations together: what is measured is what would be waited for.
std::uint64_t run_mutations(Mutator& mutator, const Plan& plan) {
  constexpr std::uint64_t between_looks = 256;
  const double end = cpu_seconds() + plan.seconds;
  std::uint64_t ran = 0;
  while (plan.count == 0 ? ran % between_looks != 0 || cpu_seconds() < end : ran < plan.count) {
    run(mutator.next());
    ++ran;
  }
  return ran;
}

}  // namespace

int main(int argc, char** argv) {
  Plan plan;
  if (!read_plan(argc, argv, plan)) {
    std::cerr << "usage: " << argv[0] << " CORPUS_FOLDER [--seconds N] [--rate N] [--count N] [--seed N]\n";
    return 2;
  }
  tell_input_at_death();
  const auto corpus = read_corpus(argv[1]);
  for (const Input& input : corpus) run(input);
  Mutator mutator(corpus, plan.seed);
  const double begun = cpu_seconds();
  const std::uint64_t ran = run_mutations(mutator, plan);
  const double rate = static_cast<double>(ran) / std::max(cpu_seconds() - begun, 0.001);
  std::cout << corpus.size() << " of the corpus, " << ran << " mutations, "
            << static_cast<std::uint64_t>(rate) << " a CPU second\n";
  if (rate >= plan.rate) return 0;
  std::cerr << "slower than " << plan.rate << " a CPU second: the target does more than decode\n";
  return 1;
}
