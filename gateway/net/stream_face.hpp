#pragma once

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include "gateway/net/stream.hpp"

namespace leafgate::net {

// A net::Stream as Asio and Beast see one (AsyncReadStream, AsyncWriteStream): for the two files that speak
// HTTP. Copies refer to the same stream, which must outlive every operation. Give Beast no timer of its own
// (websocket: stream_base::timeout{none(), none(), false}); the stream's deadline ends every wait. An error
// of the stream is told as an error_code: eof, timed_out, operation_aborted (stopping) or connection_reset.
class StreamFace {
 public:
  using executor_type = Executor;
  StreamFace(Stream& stream, const Executor& executor) : stream_(&stream), executor_(executor) {}

  [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }
  [[nodiscard]] Stream& stream() const { return *stream_; }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return start(
        token, [](Stream& from, Buffers into) { return read(from, first_of(into)); }, buffers);
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return start(
        token, [](Stream& to, Buffers from) { return write(to, gather(from)); }, buffers);
  }

 private:
  using Count = Result<std::size_t>;
  static constexpr std::size_t record = 16 << 10;  // one TLS record: what is written at once

  template <class Token, class Begin, class Buffers>
  auto start(Token& token, Begin begin, const Buffers& buffers) {
    auto initiate = [executor = executor_, stream = stream_, begin](auto handler, Buffers given) {
      const auto home = boost::asio::get_associated_executor(handler, executor);
      // co_spawn never completes within this call, as Asio demands.
      boost::asio::co_spawn(
          executor, begin(*stream, given),
          boost::asio::bind_executor(
              home, [done = std::move(handler)](std::exception_ptr bug, Count count) mutable {
                if (bug) std::rethrow_exception(bug);
                const auto n = count ? *count : 0;
                std::move(done)(code_of(count), n);
              }));
    };
    return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(initiate, token,
                                                                                            buffers);
  }

  template <class Buffers>
  static std::span<std::uint8_t> first_of(const Buffers& buffers) {
    for (auto it = boost::asio::buffer_sequence_begin(buffers);
         it != boost::asio::buffer_sequence_end(buffers); ++it) {
      const boost::asio::mutable_buffer buffer(*it);
      if (buffer.size() != 0) return {static_cast<std::uint8_t*>(buffer.data()), buffer.size()};
    }
    return {};
  }

  // Head and body of a message leave in one record, and a retry sends the same octets.
  template <class Buffers>
  static Bytes gather(const Buffers& buffers) {
    Bytes octets(std::min(record, boost::asio::buffer_size(buffers)));
    boost::asio::buffer_copy(boost::asio::buffer(octets), buffers);
    return octets;
  }

  static Task<Count> read(Stream& from, std::span<std::uint8_t> into);
  static Task<Count> write(Stream& to, Bytes octets);
  static boost::system::error_code code_of(const Count& count);

  Stream* stream_;
  Executor executor_;
};

}  // namespace leafgate::net
