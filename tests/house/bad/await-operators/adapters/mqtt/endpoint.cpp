#include <boost/asio/experimental/awaitable_operators.hpp>  // bad
using namespace boost::asio::experimental::awaitable_operators;  // bad
Task<void> wait() { co_return; }
