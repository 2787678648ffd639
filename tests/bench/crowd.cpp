#include "tests/bench/crowd.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <arpa/inet.h>
#include <sys/epoll.h>
#include <unistd.h>

namespace leafgate::bench {
using std::chrono::duration;

namespace {

constexpr std::uint64_t word_to_end = UINT64_MAX;  // among the events; all others are leaves

}  // namespace

Crowd::Crowd(const CrowdPlan& plan, const std::vector<Script>& scripts)
    : plan_(plan),
      scripts_(scripts),
      context_(storm_context(plan.tls, plan.key.get())),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      leaves_(scripts.size()) {
  if (epoll_ < 0) throw std::runtime_error("no epoll");
  over_ = scripts.empty();
  if (plan.steady) watch_input();
  if (!plan.resume) return;
  SSL_CTX_set_app_data(context_.get(), this);
  SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context_.get(), keep_session);
}

void Crowd::watch_input() {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.u64 = word_to_end;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, STDIN_FILENO, &event) != 0)
    throw std::runtime_error("standard input cannot be waited for");
}

// The first one only: a server without state takes its ticket any number of times, in TLS 1.3 too.
int Crowd::keep_session(SSL* ssl, SSL_SESSION* session) {
  auto* self = static_cast<Crowd*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  if (self->session_) return 0;
  self->session_.reset(session);
  return 1;
}

Crowd::~Crowd() { ::close(epoll_); }

CrowdResult Crowd::run() {
  begun_ = Clock::now();
  deadline_ = begun_ + plan_.timeout;
  due_ = begun_;
  loop();
  result_.seconds = duration<double>(Clock::now() - begun_).count();
  return std::move(result_);
}

void Crowd::leave() {
  deadline_ = Clock::now() + plan_.timeout;
  for (std::size_t i = 0; i < leaves_.size(); ++i) {
    if (!leaves_[i].visit) continue;
    leaves_[i].visit->leave();
    stays(leaves_[i], false);
  }
  loop();
}

void Crowd::loop() {
  for (;;) {
    launch();
    resume_due();
    if (open_ == staying_ && over_) return;
    if (Clock::now() < deadline_) {
      wait();
      continue;
    }
    for (std::size_t i = 0; i < leaves_.size(); ++i) {
      if (leaves_[i].visit) fail(i, "no end before the timeout");
    }
    over_ = true;
  }
}

bool Crowd::has_room() const {
  if (over_) return false;
  const bool waits_for_session = plan_.resume && !session_;
  return open_ - staying_ < (waits_for_session ? 1U : static_cast<std::size_t>(plan_.concurrency));
}

bool Crowd::is_due() const { return plan_.per_second == 0 || due_ <= Clock::now(); }

// One that is here still is passed over.
std::size_t Crowd::next_leaf() {
  while (leaves_[next_].visit) next_ = (next_ + 1) % leaves_.size();
  const std::size_t index = next_++;
  if (next_ == leaves_.size()) {
    next_ = 0;
    over_ = !plan_.steady;
  }
  return index;
}

void Crowd::launch() {
  while (has_room() && is_due()) {
    const std::size_t index = next_leaf();
    Leaf& leaf = leaves_[index];
    leaf.begun = Clock::now();
    if (plan_.per_second > 0) {
      // A leaf that the client or the server kept from coming waits all the same.
      leaf.begun = due_;
      due_ += std::chrono::duration_cast<Clock::duration>(duration<double>(1 / plan_.per_second));
    }
    leaf.visit =
        std::make_unique<Visit>(context_.get(), session_.get(), scripts_[index], plan_.target, plan_.stay);
    ++open_;
    sockaddr_in source{};
    source.sin_family = AF_INET;
    const auto host = static_cast<std::uint32_t>(index % static_cast<std::size_t>(plan_.sources));
    source.sin_addr.s_addr = htonl(0x7f010001U + host);  // 127.1.0.1 and on
    if (!leaf.visit->open(plan_.server, source)) {
      fail(index, leaf.visit->why());
      if (plan_.steady) over_ = true;  // or it would be refused again and again, and nothing else done
      continue;
    }
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.u64 = index;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, leaf.visit->fd(), &event);
  }
}

void Crowd::wait() {
  std::array<epoll_event, 128> events;
  auto until = pauses_.empty() ? deadline_ : std::min(deadline_, pauses_.top().first);
  if (plan_.per_second > 0 && has_room()) until = std::min(until, due_);
  // In nanoseconds: at a thousand a second, a millisecond is too coarse.
  const auto left = std::max(Clock::duration(0), until - Clock::now());
  const auto whole = std::chrono::floor<std::chrono::seconds>(left);
  timespec most{};
  most.tv_sec = whole.count();
  most.tv_nsec = std::chrono::nanoseconds(left - whole).count();
  const int count = epoll_pwait2(epoll_, events.data(), events.size(), &most, nullptr);
  for (int i = 0; i < count; ++i) {
    const std::uint64_t about = events[static_cast<std::size_t>(i)].data.u64;
    if (about == word_to_end) {
      over_ = true;
      continue;
    }
    const auto index = static_cast<std::size_t>(about);
    if (leaves_[index].visit) follow(index, leaves_[index].visit->ready());
  }
}

void Crowd::resume_due() {
  while (!pauses_.empty() && pauses_.top().first <= Clock::now()) {
    const std::size_t index = pauses_.top().second;
    pauses_.pop();
    if (leaves_[index].visit) follow(index, leaves_[index].visit->resume());
  }
}

void Crowd::follow(std::size_t index, Visit::Next next) {
  Leaf& leaf = leaves_[index];
  if (next == Visit::Next::answer) {
    ++result_.answered;
    result_.polled += leaf.visit->polled() ? 1 : 0;
    result_.resumed += leaf.visit->resumed() ? 1 : 0;
    result_.waited.push_back({leaf.begun, duration<double, std::milli>(Clock::now() - leaf.begun).count()});
    stays(leaf, plan_.stay);
    next = leaf.visit->ready();
  }
  switch (next) {
    case Visit::Next::pause:
      pauses_.emplace(Clock::now() + std::chrono::seconds(leaf.visit->pause_seconds()), index);
      return;
    case Visit::Next::closed:
      return forget(index);
    case Visit::Next::failed:
      return fail(index, leaf.visit->why());
    default:
      return;
  }
}

void Crowd::fail(std::size_t index, const std::string& why) {
  ++result_.failed[why];
  forget(index);
}

void Crowd::stays(Leaf& leaf, bool staying) {
  staying_ = staying_ + (staying ? 1 : 0) - (leaf.staying ? 1 : 0);
  leaf.staying = staying;
}

void Crowd::forget(std::size_t index) {
  stays(leaves_[index], false);
  leaves_[index].visit.reset();
  --open_;
}

}  // namespace leafgate::bench
