#include "adapters/serial/folder_watch.hpp"

#include <array>
#include <cstring>
#include <string_view>
#include <utility>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <sys/inotify.h>
#include <unistd.h>

#include "adapters/serial/descriptor.hpp"

namespace leafgate::serial {
namespace asio = boost::asio;

// Outlives the watch by one turn of the loop.
struct FolderWatch::State {
  State(const Executor& executor, std::string p, std::function<void()> c)
      : descriptor(executor), path(std::move(p)), changed(std::move(c)) {}

  asio::posix::basic_stream_descriptor<Executor> descriptor;
  const std::string path;
  std::function<void()> changed;  // empty: nobody listens any more
  int watch = -1;
  std::string awaited;  // what is to come in the watched folder
};

FolderWatch::FolderWatch(const Executor& executor, std::string path, std::function<void()> changed)
    : state_(std::make_shared<State>(executor, std::move(path), std::move(changed))) {
  Descriptor descriptor(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!descriptor.is_open()) return;
  boost::system::error_code failed;
  state_->descriptor.assign(descriptor.get(), failed);
  if (failed) return;
  (void)descriptor.release();
  aim(*state_);
  wait(state_);
}

FolderWatch::~FolderWatch() {
  state_->changed = nullptr;
  boost::system::error_code ignored;
  state_->descriptor.close(ignored);
}

void FolderWatch::aim(State& state) {
  constexpr std::uint32_t events = IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_ONLYDIR;
  const int descriptor = state.descriptor.native_handle();
  if (state.watch >= 0) (void)::inotify_rm_watch(descriptor, state.watch);
  state.watch = -1;
  std::string rest = state.path;
  while (state.watch < 0 && rest.size() > 1) {
    const std::size_t slash = rest.rfind('/');
    if (slash == std::string::npos) return;
    state.awaited = rest.substr(slash + 1);
    rest.resize(slash);
    state.watch = ::inotify_add_watch(descriptor, rest.empty() ? "/" : rest.c_str(), events);
  }
}

// Whether something happened to what is awaited.
bool FolderWatch::drain(State& state) {
  alignas(inotify_event) std::array<char, 4096> room;
  bool happened = false;
  for (;;) {
    const ssize_t size = ::read(state.descriptor.native_handle(), room.data(), room.size());
    if (size <= 0) return happened;
    for (std::size_t at = 0; at + sizeof(inotify_event) <= static_cast<std::size_t>(size);) {
      inotify_event event{};
      std::memcpy(&event, room.data() + at, sizeof(event));
      const std::string_view name(room.data() + at + sizeof(event), event.len);
      const bool is_it = name.substr(0, name.find('\0')) == state.awaited;
      if (is_it || (event.mask & (IN_DELETE_SELF | IN_Q_OVERFLOW)) != 0) happened = true;
      at += sizeof(event) + event.len;
    }
  }
}

void FolderWatch::wait(const std::shared_ptr<State>& state) {
  state->descriptor.async_wait(asio::posix::descriptor_base::wait_read,
                               [state](const boost::system::error_code& failed) {
                                 if (failed || !state->changed) return;
                                 if (drain(*state)) {
                                   aim(*state);
                                   state->changed();
                                 }
                                 if (state->changed) wait(state);
                               });
}

}  // namespace leafgate::serial
