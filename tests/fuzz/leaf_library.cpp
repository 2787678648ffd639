#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <vector>

#include "adapters/leaf/leafgate_leaf.h"

namespace {

constexpr std::size_t longest_frame = 4 + 240;

void require(bool condition) {
  if (!condition) std::abort();
}

// The leaf of the vectors. Its digests are all zero, or else the end of what it hears: so that what a decoder
// lets through is acted on, and the way behind the proof is walked too.
using Octets = std::span<const std::uint8_t>;

struct Leaf {
  explicit Leaf(std::uint8_t flags);

  void hear(Octets octets, Octets payload);
  void check();

  LeafgateConfig config{};
  LeafgateLeaf leaf{};
  std::vector<std::uint8_t> message;
  std::uint8_t heard[32] = {};  // the end of it
  std::uint8_t thumbprint[32] = {}, key[314] = {}, pin[32] = {};
  bool believes = false;
  std::uint32_t now = 0;
  std::size_t sent = 0, allowed = 0, signatures = 0, attempts = 0;
};

Leaf& self(void* user) { return *static_cast<Leaf*>(user); }

LeafgateSpan span_of(const char* text) {
  return {reinterpret_cast<const std::uint8_t*>(text), std::strlen(text)};
}

volatile std::uint8_t seen;

// Reads its ends, so that the address sanitizer sees a span that points elsewhere.
void touch(LeafgateSpan span) {
  if (span.size == 0) return;
  seen = static_cast<std::uint8_t>(seen ^ span.at[0] ^ span.at[span.size / 2] ^ span.at[span.size - 1]);
}

void add_hooks(LeafgateHooks& hooks) {
  hooks.tx = [](void* user, const std::uint8_t* octets, std::size_t size) {
    touch({octets, size});
    require(size <= (self(user).config.carrier == LEAFGATE_SERIAL ? LEAFGATE_MTU + 11U : 4096U));
    ++self(user).sent;
    return 0;
  };
  hooks.digest_start = [](void*, int digest) { require(digest >= LEAFGATE_HASH && digest <= LEAFGATE_MAC); };
  hooks.digest_add = [](void*, int, const std::uint8_t* octets, std::size_t size) { touch({octets, size}); };
  hooks.digest_end = [](void* user, int digest, std::uint8_t* out) {
    std::memset(out, 0, 32);
    if (digest == LEAFGATE_MAC) std::memcpy(out, self(user).heard, 32);
  };
  hooks.verify = [](void* user, const std::uint8_t* key, const std::uint8_t*, const std::uint8_t* signature) {
    touch({key, 64});
    touch({signature, 64});
    return self(user).believes ? 0 : -1;
  };
  hooks.sign = [](void* user, int, const std::uint8_t*, std::uint8_t* out, std::size_t room,
                  std::size_t* size) {
    ++self(user).signatures;
    std::memset(out, 7, room);
    *size = 64;
    return 0;
  };
  hooks.activate = [](void*, LeafgateSpan blob, LeafgateSpan sr, LeafgateSpan tail, std::uint8_t* mac) {
    for (const LeafgateSpan& span : {blob, sr, tail}) touch(span);
    std::memset(mac, 7, 32);
    return 0;
  };
  hooks.random = [](void* user, std::uint8_t* out, std::size_t size) {
    std::memset(out, 0x0c, size);
    if (size > 4) ++self(user).attempts;
    return 0;
  };
  hooks.now_ms = [](void* user) { return self(user).now; };
  hooks.tell = [](void*, const LeafgateNews* news) {
    require(news->what >= LEAFGATE_ASSIGNED && news->what <= LEAFGATE_SIGNED);
    for (const LeafgateSpan& span :
         {news->reason, news->assigned_hub, news->device_id, news->substatus, news->payload,
          news->authentication_key, news->issued[0], news->issued[3]})
      touch(span);
  };
}

// Bits of `flags`: 0 broker, 1 and 2 attestation, 3 believes signatures, 4 wants transcripts, 5 slow, 6 small
// buffer.
Leaf::Leaf(std::uint8_t flags) : message((flags & 64U) != 0 ? 384 : 1280), believes((flags & 8U) != 0) {
  add_hooks(config.hooks);
  config.user = this;
  config.carrier = (flags & 1U) != 0 ? LEAFGATE_BROKER : LEAFGATE_SERIAL;
  config.attestation = 1 + (flags >> 1U & 3U) % 3;
  config.registration_id = span_of("dev-7");
  config.pin = pin;
  config.thumbprint = thumbprint;
  config.schemes[0] = LEAFGATE_ES256;
  config.whole_transcript = (flags & 16U) != 0;
  config.endorsement_key = config.storage_key = {key, sizeof key};
  config.address = 5;
  config.busy_ms = (flags & 32U) != 0 ? 800 : 0;
  require(leafgate_leaf_init(&leaf, &config, message.data(), message.size()) == LEAFGATE_OK);
  if (leafgate_leaf_register(&leaf) != LEAFGATE_OK) require((flags & 64U) != 0);
}

// With what stands at the end of a MAC's message known beforehand: the last octets of the payload, if
// `payload` is set.
void Leaf::hear(Octets octets, Octets payload) {
  const std::size_t end = payload.size() < sizeof heard ? payload.size() : sizeof heard;
  std::memset(heard, 0, sizeof heard);
  if (end != 0) std::memcpy(heard, payload.data() + (payload.size() - end), end);
  if (config.carrier == LEAFGATE_BROKER) {
    leafgate_leaf_message(&leaf, octets.data(), octets.size());
  } else {
    leafgate_leaf_octets(&leaf, octets.data(), octets.size());
    allowed += 1 + octets.size() / 8;  // no frame is shorter
  }
  leafgate_leaf_tick(&leaf);
}

void Leaf::check() {
  require(leafgate_leaf_idle(&leaf) <= 1000);
  require(leaf.signature_size <= leaf.room && leaf.got <= leaf.room);
  require(signatures <= 2 * attempts);  // a proof and one more
  require(config.carrier == LEAFGATE_BROKER || sent <= allowed);
}

std::uint32_t crc32c(Octets octets) {
  static const auto table = [] {
    std::array<std::uint32_t, 256> made{};
    for (std::uint32_t i = 0; i < made.size(); ++i) {
      made[i] = i;
      for (int bit = 0; bit < 8; ++bit) made[i] = (made[i] >> 1U) ^ ((made[i] & 1U) != 0 ? 0x82f63b78U : 0U);
    }
    return made;
  }();
  std::uint32_t crc = 0xffffffffU;
  for (const std::uint8_t octet : octets) crc = (crc >> 8U) ^ table[(crc ^ octet) & 255U];
  return ~crc;
}

// As the line would bring a frame of this header and payload: mutations of them get through.
void hear_frame(Leaf& leaf, Octets raw) {
  std::array<std::uint8_t, longest_frame + 4> whole{};
  std::copy(raw.begin(), raw.end(), whole.begin());
  const std::uint32_t crc = crc32c(raw);
  for (unsigned i = 0; i < 4; ++i) whole[raw.size() + i] = static_cast<std::uint8_t>(crc >> (8 * i));
  std::array<std::uint8_t, longest_frame + 7> wire{};
  std::size_t code = 1;
  std::size_t at = 2;
  for (std::size_t i = 0; i < raw.size() + 4; ++i, ++at) {
    wire[at] = whole[i];
    if (whole[i] != 0) continue;
    wire[code] = static_cast<std::uint8_t>(at - code);
    code = at;
  }
  wire[code] = static_cast<std::uint8_t>(at - code);
  wire[at] = 0;
  leaf.hear(Octets(wire).first(at + 1), raw);
}

}  // namespace

// flags, then pieces: their size in two octets, the first bit of which lets a minute pass; then a message
// (broker), or a frame without COBS and CRC, or with bit 14 of the size octets as the line brings them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Octets rest(data, size);
  if (rest.empty()) return 0;
  Leaf leaf(rest[0]);
  rest = rest.subspan(1);
  while (rest.size() >= 2) {
    const std::uint8_t how = rest[0];
    const std::size_t said = (how & 0x3fU) * 256U + rest[1];
    rest = rest.subspan(2);
    const Octets piece = rest.first(std::min(said, rest.size()));
    if (leaf.config.carrier == LEAFGATE_SERIAL && (how & 0x40U) == 0 && piece.size() <= longest_frame)
      hear_frame(leaf, piece);
    else
      leaf.hear(piece, piece);
    if ((how & 0x80U) != 0) {
      leaf.now += 60000;
      leafgate_leaf_tick(&leaf.leaf);
    }
    leaf.check();
    rest = rest.subspan(piece.size());
  }
  return 0;
}
