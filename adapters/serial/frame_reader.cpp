#include "adapters/serial/frame_reader.hpp"

#include <algorithm>
#include <utility>

namespace leafgate::serial {

FrameReader::Heard FrameReader::next(ByteView& octets) {
  while (!octets.empty()) {
    const auto delimiter = std::find(octets.begin(), octets.end(), std::uint8_t{0});
    const auto run = static_cast<std::size_t>(delimiter - octets.begin());
    if (seen_ < most_block) {
      const std::size_t kept = std::min(run, most_block - seen_);
      std::copy_n(octets.begin(), kept, block_.begin() + static_cast<std::ptrdiff_t>(seen_));
    }
    seen_ += run;
    const bool is_complete = delimiter != octets.end();
    octets = octets.subspan(is_complete ? run + 1 : run);
    if (!is_complete || seen_ == 0) continue;
    const std::size_t size = std::exchange(seen_, 0);
    Heard heard;
    heard.octets = size + 1;
    heard.kind = Kind::fault;
    if (size > most_block) return heard;
    auto decoded = decode(ByteView(block_).first(size), expected_);
    if (const Fault* fault = std::get_if<Fault>(&decoded)) {
      heard.fault = *fault;
    } else {
      heard.kind = Kind::frame;
      heard.frame = std::get<Frame>(std::move(decoded));
    }
    return heard;
  }
  return {};
}

}  // namespace leafgate::serial
