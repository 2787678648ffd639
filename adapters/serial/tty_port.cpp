#include "adapters/serial/tty_port.hpp"

#include <cerrno>
#include <utility>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <sys/ioctl.h>
#include <termios.h>

#include "gateway/runtime/sleep.hpp"

namespace leafgate::serial {
namespace asio = boost::asio;
namespace {

constexpr unsigned reads_in_a_row = 4;  // then everything else on the loop gets its turn

bool would_block(int why) { return why == EAGAIN || why == EWOULDBLOCK || why == EINTR; }

}  // namespace

// Outlives the port by one turn of the loop.
struct TtyPort::State {
  State(const Executor& executor, int fd) : descriptor(executor, fd), wakeup(executor) {}

  asio::posix::basic_stream_descriptor<Executor> descriptor;
  Wakeup wakeup;
  bool is_interrupted = false;
  bool waits_to_read = false;
  bool waits_to_write = false;
};

TtyPort::TtyPort(const Executor& executor, Descriptor descriptor, LockFile lock)
    : lock_(std::move(lock)), state_(std::make_shared<State>(executor, descriptor.release())) {}

TtyPort::~TtyPort() {
  const int fd = state_->descriptor.native_handle();
  // What the device did not take would hold its close up.
  (void)::tcflush(fd, TCOFLUSH);
  (void)::ioctl(fd, TIOCNXCL);
  boost::system::error_code ignored;
  state_->descriptor.close(ignored);
}

// A wait that its time cuts short stays armed: it wakes whoever waits next, who looks again.
void TtyPort::arm(For what) {
  bool& waits = what == For::reading ? state_->waits_to_read : state_->waits_to_write;
  if (std::exchange(waits, true)) return;
  using Base = asio::posix::descriptor_base;
  state_->descriptor.async_wait(what == For::reading ? Base::wait_read : Base::wait_write,
                                [state = state_, what](const boost::system::error_code&) {
                                  (what == For::reading ? state->waits_to_read : state->waits_to_write) =
                                      false;
                                  state->wakeup.notify();
                                });
}

Task<Result<std::size_t>> TtyPort::read_some(std::span<std::uint8_t> into, TimePoint until) {
  if (++unbroken_ >= reads_in_a_row) {
    unbroken_ = 0;
    co_await asio::post(state_->descriptor.get_executor(), use_task);
  }
  for (;;) {
    const ssize_t got = ::read(state_->descriptor.native_handle(), into.data(), into.size());
    const int why = errno;
    if (got > 0) co_return static_cast<std::size_t>(got);
    if (got == 0) co_return Error(Errc::unreachable, "the device is gone");
    if (!would_block(why)) co_return Error(Errc::unreachable, describe("reading", why));
    if (std::exchange(state_->is_interrupted, false) || LoopClock::now() >= until) co_return std::size_t{0};
    arm(For::reading);
    unbroken_ = 0;
    co_await state_->wakeup.wait_until(until);
  }
}

Task<Result<void>> TtyPort::write(ByteView octets, TimePoint until) {
  while (!octets.empty()) {
    const ssize_t took = ::write(state_->descriptor.native_handle(), octets.data(), octets.size());
    const int why = errno;
    if (took > 0) {
      octets = octets.subspan(static_cast<std::size_t>(took));
      continue;
    }
    if (took < 0 && !would_block(why)) co_return Error(Errc::unreachable, describe("writing", why));
    if (LoopClock::now() >= until) co_return Error(Errc::timed_out, "the device takes no octets");
    arm(For::writing);
    co_await state_->wakeup.wait_until(until);
  }
  co_return Result<void>();
}

void TtyPort::interrupt() {
  state_->is_interrupted = true;
  state_->wakeup.notify();
}

void TtyPort::discard() { (void)::tcflush(state_->descriptor.native_handle(), TCIFLUSH); }

}  // namespace leafgate::serial
