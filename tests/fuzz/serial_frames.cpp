#include <algorithm>
#include <cstdlib>

#include "adapters/serial/fragments.hpp"
#include "adapters/serial/frame_body.hpp"
#include "adapters/serial/frame_reader.hpp"

using namespace leafgate;
using namespace leafgate::serial;

namespace {

void demand(bool held) {
  if (!held) std::abort();
}

// A frame that is accepted says what its encoding says, octet for octet; its body can be read.
void look_into(const Frame& frame, Assembly& assembly) {
  const Bytes wire = encode(frame);
  const auto again = decode(ByteView(wire).subspan(1, wire.size() - 2), frame.direction);
  const Frame* const same = std::get_if<Frame>(&again);
  demand(same != nullptr && same->payload == frame.payload && same->type == frame.type &&
         same->address == frame.address && same->number == frame.number && same->more == frame.more &&
         same->fragment == frame.fragment);
  switch (frame.type) {
    case FrameType::hello: {
      const int mtu = hello_of(frame).mtu;
      demand(mtu == 64 || mtu == 128 || mtu == 240);
      break;
    }
    case FrameType::nak:
      demand(nak_of(frame).wait <= Millis(65535));
      break;
    case FrameType::discover: {
      const Frame made = make_discover(prefix_of(frame), frame.number);
      demand(made.payload == frame.payload);
      break;
    }
    case FrameType::assign:
      demand(assignment_of(frame).address <= last_address);
      break;
    case FrameType::data:
      if (assembly.add(frame) == Assembly::Step::whole) demand(assembly.take().size() <= most_from_leaf);
      break;
    default:
      demand(frame.payload.empty());
  }
}

struct Tally {
  std::size_t frames = 0;
  std::size_t faults = 0;
  bool operator==(const Tally&) const = default;
};

void read(FrameReader& reader, ByteView octets, Assembly& assembly, Tally& tally) {
  while (!octets.empty()) {
    const auto heard = reader.next(octets);
    demand(heard.kind != FrameReader::Kind::nothing || octets.empty());
    if (heard.kind == FrameReader::Kind::frame) {
      ++tally.frames;
      look_into(heard.frame, assembly);
    } else if (heard.kind == FrameReader::Kind::fault) {
      ++tally.faults;
    }
  }
}

}  // namespace

// A line that says anything, first octet: which end listens and where it is cut. However it is cut the same
// frames and faults are found, and behind it a good frame is never lost. Whatever is said is also put into a
// frame with a good CRC, so that what stands behind the CRC is reached too.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Direction end = data[0] % 2 == 0 ? Direction::to_gateway : Direction::to_leaf;
  const ByteView said = ByteView(data, size).subspan(1);
  Assembly assembly;
  FrameReader whole(end);
  Tally heard;
  read(whole, said, assembly, heard);

  FrameReader parted(end);
  Tally parts;
  const std::size_t step = 1 + data[0] / 2;
  for (std::size_t at = 0; at < said.size(); at += step)
    read(parted, said.subspan(at, std::min(step, said.size() - at)), assembly, parts);
  demand(heard == parts && whole.is_within_block() == parted.is_within_block());

  Frame made;
  made.direction = end;
  made.type = FrameType::data;
  made.address = 5;
  if (said.size() >= 4) {
    made.type = static_cast<FrameType>(said[0] % 16);
    made.address = said[1];
    made.number = said[2];
    made.more = said[3] >= 0x80;
    made.fragment = static_cast<std::uint8_t>(said[3] & 0x7fU);
    const ByteView payload = said.subspan(4, std::min(said.size() - 4, most_payload));
    made.payload.assign(payload.begin(), payload.end());
  }
  Tally last;
  read(whole, encode(made), assembly, last);
  demand(last.frames + last.faults >= 1);

  Frame ack = make_question(end == Direction::to_leaf ? FrameType::poll : FrameType::ack, 5, 1);
  ack.direction = end;
  Tally good;
  read(whole, encode(ack), assembly, good);
  demand(good.frames == 1 && good.faults == 0);
  return 0;
}
