#pragma once

#include <map>
#include <optional>
#include <stdexcept>
#include <string>

#include "adapters/wire/cbor_reader.hpp"
#include "gateway/model/cbor_writer.hpp"
#include "gateway/model/leaf_link.hpp"

namespace leafgate::link {

// One message of the gateway, as a leaf reads it.
struct GatewayWords {
  int type = 0;
  std::uint32_t exchange = 0;
  std::map<int, std::string> texts;  // octets too
  std::map<int, std::int64_t> numbers;
  std::optional<GatewayProof> proof;
  Bytes body;  // without the proof

  [[nodiscard]] std::string text(int key) const {
    const auto found = texts.find(key);
    return found == texts.end() ? std::string() : found->second;
  }
  [[nodiscard]] std::int64_t number(int key) const {
    const auto found = numbers.find(key);
    return found == numbers.end() ? -1 : found->second;
  }
};

inline constexpr int challenge_type = 2;
inline constexpr int status_type = 4;
inline constexpr int result_type = 6;
inline constexpr int error_type = 7;
inline constexpr int sign_type = 8;

inline GatewayWords read_words(const Bytes& message) {
  constexpr std::size_t any = 8192;
  if (message.size() > any) throw std::logic_error("a message that no leaf has room for");
  wire::CborReader in(message);
  GatewayWords out;
  if (in.array(3).value() != 3) throw std::logic_error("no message");
  out.type = static_cast<int>(in.integer().value());
  out.exchange = static_cast<std::uint32_t>(in.integer().value());
  const std::size_t entries = in.map(16).value();
  const std::size_t begin = in.place();
  const std::map<int, std::string> octets_of = {{challenge_type, "13"}, {result_type, "5"}, {sign_type, "3"}};
  const std::map<int, std::string> numbers_of = {
      {challenge_type, "5"}, {status_type, "3"}, {error_type, "13"}, {sign_type, "12"}};
  const auto is_in = [&](const std::map<int, std::string>& of, std::int64_t key) {
    const auto found = of.find(out.type);
    return found != of.end() && key < 10 &&
           found->second.find(static_cast<char>('0' + key)) != std::string::npos;
  };
  std::size_t end = begin;
  for (std::size_t i = 0; i < entries; ++i) {
    const auto key = in.integer().value();
    if (key == 15) {
      GatewayProof proof;
      if (in.array(4).value() != 4) throw std::logic_error("no COSE");
      (void)in.octets(3, 3).value();
      if (in.map(1).value() == 1) {
        if (in.integer().value() != 4) throw std::logic_error("another header");
        const auto point = in.octets(64, 64).value();
        proof.public_key.assign(point.begin(), point.end());
      }
      if (!in.null()) throw std::logic_error("an attached payload");
      const auto tag = in.octets(32, 64).value();
      proof.tag.assign(tag.begin(), tag.end());
      out.proof = std::move(proof);
      continue;
    }
    if (is_in(numbers_of, key))
      out.numbers[static_cast<int>(key)] = in.integer().value();
    else if (is_in(octets_of, key))
      out.texts[static_cast<int>(key)] = std::string(as_text(in.octets(1, any).value()));
    else
      out.texts[static_cast<int>(key)] = std::string(in.text(1, any).value());
    end = in.place();
  }
  if (!in.at_end()) throw std::logic_error("something behind it");
  const std::size_t plain = entries - (out.proof ? 1 : 0);
  out.body = CborWriter().map(plain).raw(ByteView(message).subspan(begin, end - begin)).take();
  return out;
}

}  // namespace leafgate::link
