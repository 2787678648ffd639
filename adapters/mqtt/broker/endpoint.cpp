#include "adapters/mqtt/broker/endpoint.hpp"

#include <algorithm>
#include <utility>

#include "adapters/mqtt/broker/topic.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/net/deadlines.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate::broker {
namespace {

using namespace std::chrono_literals;

constexpr int replies_per_heartbeat = 8;
constexpr int subscriptions = 2;
constexpr int silences_of_an_old_broker = 2;
constexpr std::uint64_t of_ourselves = 0;  // the id of what is not for a leaf
constexpr auto stop_limit = 1900ms;

std::string draw_instance(Random& random) {
  constexpr std::size_t octets = 8;
  Bytes drawn(octets);
  random.fill(drawn);
  return crypto::hex(drawn);
}

std::function<std::uint64_t()> chance(Random& random) {
  return [&random] {
    constexpr std::uint64_t bits = 1ULL << 62U;
    return random.below(bits);
  };
}

Bytes octets_of(const std::string& text) { return {text.begin(), text.end()}; }

}  // namespace

struct Endpoint::Hear {
  Endpoint& at;

  void operator()(const Connected&) const {
    at.connected_ = true;
    at.changed_.notify();
  }
  void operator()(Broken& how) const {
    at.connected_ = false;
    at.broken_ = std::move(how);
    at.changed_.notify();
  }
  void operator()(const Subscribed& what) const {
    if (what.refusal && what.filter == gateway_filter) {
      // Leaves are heard all the same, by this gateway and by one that it does not notice.
      ++at.subscriptions_;
      at.complaint_ = "the broker refuses us " + what.filter + ": " + *what.refusal +
                      "; a second gateway here would go unnoticed";
    } else if (what.refusal) {
      at.connected_ = false;
      at.broken_ = Broken{How::other, "the broker refuses us " + what.filter + ": " + *what.refusal};
    } else {
      ++at.subscriptions_;
    }
    at.changed_.notify();
  }
  void operator()(const Delivered& what) const {
    at.unanswered_ = std::max(0, at.unanswered_ - 1);
    at.answered_ = LoopClock::now();
    const bool of_leaf = what.id != of_ourselves && at.outbox_.done(what.id);
    const bool is_news = what.id != of_ourselves || at.complaint_.empty();
    if (what.refusal && is_news) at.complaint_ = "the broker refuses what we publish: " + *what.refusal;
    if (of_leaf && !what.refusal) ++at.sent_;
    at.changed_.notify();
  }
  void operator()(Arrived& message) const { at.heard(std::move(message)); }
  void operator()(const Ended&) const {}
};

Endpoint::Endpoint(const Executor& first_loop, Settings settings, const Ports& ports)
    : loop_(first_loop),
      settings_(std::move(settings)),
      address_(parse_uri(settings_.uri).value()),
      ports_(ports),
      instance_(draw_instance(ports.random)),
      deadlines_(first_loop),
      names_(first_loop),
      backoff_(settings_.patience.first_pause, settings_.patience.longest_pause, chance(ports.random)),
      company_(settings_.name, instance_, settings_.patience.silence),
      outbox_(settings_.patience.hold),
      leaves_(ports.leaf_link, binding_of(address_),
              [this](Outgoing message) {
                outbox_.add(std::move(message), LoopClock::now());
                changed_.notify();
              }),
      client_(first_loop, [this](Report&& report) { std::visit(Hear{*this}, report); }),
      changed_(first_loop),
      ended_(first_loop),
      since_(LoopClock::now()),
      detail_("not tried yet") {}

Endpoint::~Endpoint() = default;

void Endpoint::start() {
  running_ = true;
  spawn(loop_, run());
}

Task<void> Endpoint::stop() {
  stopping_ = true;
  changed_.notify();
  deadlines_.expire_all(Errc::stopped);
  if (connector_) connector_->stop();
  if (running_) co_await ended_.wait();
  std::optional<Outgoing> goodbye;
  if (connected_)
    goodbye =
        Outgoing{gateway_topic(settings_.name), octets_of(announcement_text(instance_, Word::gone)), {}};
  leaves_.close();
  const bool over = co_await client_.stop(std::move(goodbye), stop_limit);
  if (!over) log::warning("broker client left behind, it waits for a name server");
  connected_ = false;
  away("stopped");
}

BrokerFacts Endpoint::facts() const {
  BrokerFacts out;
  const TimePoint now = LoopClock::now();
  out.uri = settings_.uri;
  out.connected = is_serving();
  if (connections_ > 0) out.protocol = five_ ? 5 : 311;
  out.since = std::chrono::duration_cast<Millis>(now - since_);
  out.messages_heard = heard_;
  out.messages_sent = sent_;
  out.messages_dropped = dropped_ + client_.dropped() + outbox_.dropped();
  out.reconnects = connections_ > 0 ? connections_ - 1 : 0;
  out.other_gateway = !company_.alone();
  const auto first = company_.first();
  if (!out.connected) {
    out.detail = detail_;
  } else if (first) {
    out.detail = "another gateway answers here: " + *first;
  } else if (!complaint_.empty()) {
    out.detail = complaint_;
  } else if (settled_ && !echoed_ && now > settle_at_ + settings_.patience.connect) {
    out.detail = "the broker delivers nothing to us: its ACL";
  }
  return out;
}

Task<void> Endpoint::run() {
  while (!stopping_) {
    co_await connect();
    if (connected_ && !stopping_) co_await attend();
    if (stopping_) break;
    away(broken_ ? broken_->detail : "no connection");
    const TimePoint again = LoopClock::now() + backoff_.next();
    while (!stopping_ && LoopClock::now() < again) co_await changed_.wait_until(again);
  }
  ended_.notify();
}

Task<void> Endpoint::connect() {
  broken_.reset();
  const TimePoint limit = LoopClock::now() + settings_.patience.connect;
  const auto found = co_await names_.find(address_.host, limit, deadlines_);
  if (stopping_) co_return;
  if (!found) {
    broken_ = Broken{How::other, found.error().detail};
    co_return;
  }
  const bool is_own = std::any_of(found->begin(), found->end(), [this](const auto& address) {
    return own_.listens_at({address, address_.port});
  });
  if (is_own) {
    broken_ = Broken{How::other, "broker.uri leads back to this gateway"};
    co_return;
  }
  co_await dial(true);
  if (connected_ || stopping_ || !broken_) co_return;
  silent_ = broken_->how == How::silent ? silent_ + 1 : 0;
  if (broken_->how == How::version || silent_ >= silences_of_an_old_broker) co_await dial(false);
  if (!stopping_ && broken_ && broken_->how == How::unclear) co_await find_out();
}

// One more try, by a client that says what is wrong. It costs the broker a connection, and only here.
Task<void> Endpoint::find_out() {
  connector_ = std::make_unique<net::Connector>(loop_, broken_->tls);
  connector_->own_addresses() = own_;
  net::Target target;
  target.host = address_.host;
  target.port = address_.port;
  const TimePoint limit = LoopClock::now() + settings_.patience.connect;
  std::string detail = "the broker broke off the connection";
  if (broken_->tls) {
    const auto tried = co_await connector_->connect(std::move(target), limit);
    if (!tried) detail = tried.error().detail;
  } else {
    const auto tried = co_await connector_->dial(std::move(target), net::Reach::direct, limit);
    if (!tried) detail = tried.error().detail;
  }
  connector_.reset();
  broken_ = Broken{How::other, detail};
}

// Until the broker said yes or no.
Task<void> Endpoint::dial(bool five) {
  broken_.reset();
  five_ = five;
  client_.connect(dial_of(five));
  const TimePoint limit = LoopClock::now() + settings_.patience.connect;
  while (!connected_ && !broken_ && !stopping_ && LoopClock::now() < limit)
    co_await changed_.wait_until(limit);
  if (connected_ || broken_) co_return;
  client_.close();
  broken_ = Broken{How::other, "the broker does not answer"};
}

Dial Endpoint::dial_of(bool five) const {
  Dial out;
  out.settings = settings_;
  out.address = address_;
  out.client_id = settings_.name + "-" + instance_.substr(0, 8);
  out.five = five;
  out.resume = resume_;
  out.will = {gateway_topic(settings_.name), octets_of(announcement_text(instance_, Word::gone)), {}};
  return out;
}

// While it is connected.
Task<void> Endpoint::attend() {
  begin();
  for (;;) {
    const TimePoint now = LoopClock::now();
    if (connected_) look(now);
    if (!connected_ || stopping_) break;
    co_await changed_.wait_until(next_due(now));
  }
  if (stopping_) co_return;
  client_.close();
  outbox_.put_back();
  // Before the next connection: what a session of ours kept comes with its first breath.
  settle_at_ = TimePoint::max();
  settled_ = false;
  echoed_ = false;
  unanswered_ = 0;
  held_.clear();
  if (LoopClock::now() - connected_since_ >= settings_.patience.steady) backoff_.reset();
}

void Endpoint::begin() {
  connected_since_ = LoopClock::now();
  resume_ = five_;
  subscriptions_ = 0;
  complaint_.clear();
  client_.subscribe(std::string(gateway_filter));
  client_.subscribe(std::string(leaf_filter));
}

void Endpoint::look(TimePoint now) {
  outbox_.look(now);
  company_.look(now);
  if (settle_at_ == TimePoint::max()) {
    if (subscriptions_ == subscriptions) {
      silent_ = 0;
      told_away_ = false;
      ++connections_;
      since_ = now;
      settle_at_ = now + settings_.patience.settle;
      next_heartbeat_ = now + settings_.patience.heartbeat;
      replies_left_ = replies_per_heartbeat;
      say(Word::hello);
      log::notice("broker connected", {{"broker", address_.text()}, {"mqtt", five_ ? "5" : "3.1.1"}});
    } else if (now >= connected_since_ + settings_.patience.connect) {
      give_up();
    }
    return;
  }
  if (unanswered_ > 0 && now >= answered_ + settings_.patience.connect) return give_up();
  if (!settled_ && now >= settle_at_) settled();
  if (now >= next_heartbeat_) {
    next_heartbeat_ = now + settings_.patience.heartbeat;
    replies_left_ = replies_per_heartbeat;
    say(Word::here);
  }
  while (const auto next = outbox_.next()) hand_over(next->id, next->message);
}

TimePoint Endpoint::next_due(TimePoint now) const {
  if (settle_at_ == TimePoint::max()) return connected_since_ + settings_.patience.connect;
  TimePoint when = next_heartbeat_;
  if (!settled_) when = std::min(when, settle_at_);
  if (unanswered_ > 0) when = std::min(when, answered_ + settings_.patience.connect);
  when = std::min(when, company_.next_look().value_or(when));
  return std::max(when, now);
}

void Endpoint::settled() {
  settled_ = true;
  const auto first = company_.first();
  if (first) log::warning("another gateway answers on this broker", {{"gateway", *first}});
  for (Arrived& message : std::exchange(held_, {})) pass_on(std::move(message));
}

void Endpoint::away(std::string why) {
  if (told_away_ && why == detail_) return;
  told_away_ = true;
  since_ = LoopClock::now();
  detail_ = std::move(why);
  if (!stopping_) log::warning("broker away", {{"broker", address_.text()}, {"why", detail_}});
}

void Endpoint::say(Word word) {
  hand_over(of_ourselves, {gateway_topic(settings_.name), octets_of(announcement_text(instance_, word)), {}});
}

void Endpoint::hand_over(std::uint64_t id, Outgoing message) {
  if (unanswered_++ == 0) answered_ = LoopClock::now();
  client_.publish(id, std::move(message));
}

void Endpoint::give_up() {
  connected_ = false;
  broken_ = Broken{How::other, "the broker does not answer"};
}

}  // namespace leafgate::broker
