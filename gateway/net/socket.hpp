#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include "gateway/runtime/task.hpp"

namespace leafgate::net {

// One type for TCP, Unix sockets and socketpairs, with the concrete executor.
using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, Executor>;

}  // namespace leafgate::net
