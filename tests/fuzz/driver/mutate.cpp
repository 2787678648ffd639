// Stands in for libFuzzer where the compiler has none: runs every file of the corpus folder, then mutations
// of them, the same on every run. Usage: fuzz_NAME CORPUS_FOLDER COUNT [SEED]. An input that breaks the
// target is written to stderr in hex before the program dies.

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include <unistd.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Input = std::vector<std::uint8_t>;
constexpr std::size_t longest = 8192;

const Input* running = nullptr;

void tell_input(int signal) {
  constexpr char hex[] = "0123456789abcdef";
  static char text[2 * longest + 1];
  std::size_t length = 0;
  for (const std::uint8_t octet : *running) {
    text[length++] = hex[octet >> 4U];
    text[length++] = hex[octet & 15U];
  }
  text[length++] = '\n';
  if (::write(STDERR_FILENO, text, length) < 0) std::_Exit(3);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
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
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: " << argv[0] << " CORPUS_FOLDER COUNT [SEED]\n";
    return 2;
  }
  for (const int signal : {SIGABRT, SIGSEGV, SIGFPE, SIGILL}) std::signal(signal, tell_input);
  const auto corpus = read_corpus(argv[1]);
  for (const Input& input : corpus) run(input);
  Mutator mutator(corpus, argc > 3 ? std::stoull(argv[3]) : 1);
  const auto count = std::stoul(argv[2]);
  for (unsigned long i = 0; i < count; ++i) run(mutator.next());
  std::cout << corpus.size() << " of the corpus and " << count << " mutations\n";
}
