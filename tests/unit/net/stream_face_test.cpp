#include "gateway/net/stream_face.hpp"

#include <array>

#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include "gateway/net/memory_stream.hpp"
#include "gateway/runtime/simulator.hpp"

namespace leafgate::net::stream_face_test {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

struct Faces {
  Simulator sim{1};
  MemoryStream::Pair pair = MemoryStream::make_pair(sim.executor(), {.seed = 3});
  StreamFace near{*pair.first, sim.executor()};
  StreamFace far{*pair.second, sim.executor()};
};

TEST(StreamFace, asio_algorithms_run_on_a_stream) {
  Faces f;
  const std::string head = "GET / HTTP/1.1\r\n";
  const std::array<asio::const_buffer, 3> parts{asio::buffer(head), asio::const_buffer(),
                                                asio::buffer("\r\n", 2)};
  std::size_t written = 0;
  std::string got;
  asio::async_write(f.near, parts, [&](boost::system::error_code, std::size_t n) { written = n; });
  asio::async_read_until(f.far, asio::dynamic_buffer(got), "\r\n\r\n",
                         [](boost::system::error_code ec, std::size_t) { EXPECT_FALSE(ec); });
  f.sim.run_until_idle();
  EXPECT_EQ(written, 18U);
  EXPECT_EQ(got, head + "\r\n");
}

TEST(StreamFace, a_big_body_leaves_in_records) {
  Faces f;
  const std::string body(100'000, 'b');
  std::string got;
  asio::async_write(f.near, asio::buffer(body),
                    [&](boost::system::error_code, std::size_t) { f.near.stream().close(); });
  asio::async_read(f.far, asio::dynamic_buffer(got),
                   [](boost::system::error_code ec, std::size_t) { EXPECT_EQ(ec, asio::error::eof); });
  f.sim.run_until_idle();
  EXPECT_EQ(got, body);
}

TEST(StreamFace, errors_of_the_stream_have_their_codes) {
  struct Row {
    Errc why;
    boost::system::error_code code;
  };
  for (const Row& row :
       {Row{Errc::timed_out, asio::error::timed_out}, Row{Errc::stopped, asio::error::operation_aborted},
        Row{Errc::unreachable, asio::error::connection_reset}}) {
    Faces f;
    f.pair.first->expire(row.why);
    boost::system::error_code seen;
    char octet = 0;
    f.near.async_read_some(asio::buffer(&octet, 1),
                           [&](boost::system::error_code ec, std::size_t) { seen = ec; });
    EXPECT_FALSE(seen) << "a handler must not run inside the call that starts its operation";
    f.sim.run_until_idle();
    EXPECT_EQ(seen, row.code);
  }
}

}  // namespace
}  // namespace leafgate::net::stream_face_test
