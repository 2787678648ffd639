#include "gateway/net/stream_face.hpp"

namespace leafgate::net {

Task<Result<std::size_t>> StreamFace::read(Stream& from, std::span<std::uint8_t> into) {
  // Asio asks with an empty buffer to see whether the stream still lives; nothing is waited for then.
  if (into.empty()) co_return std::size_t{0};
  auto count = co_await from.read_some(into);
  if (count && *count == 0) co_return Error(Errc::not_found, "end of stream");
  co_return count;
}

Task<Result<std::size_t>> StreamFace::write(Stream& to, Bytes octets) {
  auto written = co_await to.write(octets);
  if (!written) co_return written.error();
  co_return octets.size();
}

boost::system::error_code StreamFace::code_of(const Count& count) {
  if (count) return {};
  switch (count.error().code) {
    case Errc::not_found:
      return boost::asio::error::eof;  // made by read() above
    case Errc::timed_out:
      return boost::asio::error::timed_out;
    case Errc::stopped:
      return boost::asio::error::operation_aborted;
    default:
      return boost::asio::error::connection_reset;
  }
}

}  // namespace leafgate::net
