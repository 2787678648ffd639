#pragma once

#include <cstdint>
#include <string_view>

#include "gateway/model/bytes.hpp"
#include "gateway/model/result.hpp"

namespace leafgate::wire {

// Reads deterministic CBOR (RFC 8949 §4.2) item by item, as whoever asks expects them: shortest heads,
// definite lengths, no floats, no tags. What is read is a slice of the input. Never recurses. Errors:
// malformed, with the place; after one the reader is not used again. Pure.
class CborReader {
 public:
  explicit CborReader(ByteView input) : input_(input) {}

  Result<std::int64_t> integer();
  Result<ByteView> octets(std::size_t least, std::size_t most);
  Result<std::string_view> text(std::size_t least, std::size_t most);  // UTF-8
  Result<std::size_t> array(std::size_t most);                         // how many elements follow
  Result<std::size_t> map(std::size_t most);                           // how many entries follow
  Result<bool> boolean();
  Result<void> null();

  [[nodiscard]] bool at_end() const { return at_ == input_.size(); }
  [[nodiscard]] std::size_t place() const { return at_; }
  [[nodiscard]] Error malformed(std::string_view what) const;

 private:
  struct Head {
    unsigned major = 0;
    std::uint64_t value = 0;
  };
  Result<Head> head();
  Result<std::uint64_t> head_of(unsigned major, std::string_view what);
  Result<ByteView> take(std::uint64_t size, std::size_t least, std::size_t most);

  ByteView input_;
  std::size_t at_ = 0;
};

}  // namespace leafgate::wire
