#include "adapters/mqtt/broker/client.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <variant>

#include "adapters/mqtt/broker/letterbox.hpp"
#include "adapters/mqtt/broker/paho_session.hpp"
#include "gateway/runtime/sleep.hpp"
#include "gateway/runtime/thread.hpp"

namespace leafgate::broker {
namespace {

struct Subscribe {
  std::string filter;
};
struct Publish {
  std::uint64_t id;
  Outgoing message;
};
struct Close {};
struct Finish {
  std::optional<Outgoing> goodbye;
};
using Order = std::variant<Dial, Subscribe, Publish, Close, Finish>;

}  // namespace

// Shared by the loop and the thread.
struct Client::Courier {
  Courier(const Executor& loop, std::function<void(Report&&)> tell)
      : box(std::make_shared<Letterbox>(loop, std::move(tell))), over(loop) {}

  // `alone`: what was ordered before does not matter any more.
  void order(Order what, bool alone = false) {
    const std::lock_guard lock(mutex);
    if (alone) orders.clear();
    orders.emplace_back(connection, std::move(what));
    wake.notify_one();
  }
  std::pair<std::uint64_t, Order> next() {
    std::unique_lock lock(mutex);
    wake.wait(lock, [this] { return !orders.empty(); });
    auto first = std::move(orders.front());
    orders.pop_front();
    return first;
  }
  void run();

  const std::shared_ptr<Letterbox> box;
  Wakeup over;                   // loop only
  std::uint64_t connection = 0;  // loop only
  std::thread thread;            // loop only
  std::mutex mutex;              // guards what follows
  std::condition_variable wake;
  std::deque<std::pair<std::uint64_t, Order>> orders;
};

void Client::Courier::run() {
  std::unique_ptr<PahoSession> session;
  for (;;) {
    auto [of, what] = next();
    if (auto* finish = std::get_if<Finish>(&what)) {
      if (session) session->part(finish->goodbye);
      break;
    }
    if (auto* dial = std::get_if<Dial>(&what)) {
      const auto tell = [to = box, of = of](Report&& report) { to->put(of, std::move(report)); };
      // The one before goes when the new one is there: Paho's threads end with the last.
      auto before = std::exchange(session, std::make_unique<PahoSession>(*dial, tell));
      before.reset();
      session->connect(*dial);
    } else if (std::holds_alternative<Close>(what)) {
      // One that has ended by itself stays until there is another, for the same reason.
      if (session && !session->is_over()) session.reset();
    } else if (auto* filter = std::get_if<Subscribe>(&what)) {
      if (session) session->subscribe(filter->filter);
    } else if (auto* message = std::get_if<Publish>(&what)) {
      if (session) session->publish(message->id, message->message);
    }
  }
  session.reset();
  box->put(0, Ended{});
}

Client::Client(const Executor& loop, std::function<void(Report&&)> tell) : tell_(std::move(tell)) {
  const auto hear = [this](Report&& report) {
    if (std::holds_alternative<Ended>(report)) {
      courier_->over.notify();
    } else {
      tell_(std::move(report));
    }
  };
  courier_ = std::make_shared<Courier>(loop, hear);
  const auto work = [courier = courier_] {
    name_thread("broker");
    courier->run();
  };
  courier_->thread = std::thread(work);
}

// After stop() there is no thread any more, or one that was left behind.
Client::~Client() {
  courier_->box->close();
  if (!courier_->thread.joinable()) return;
  courier_->order(Finish{}, true);
  courier_->thread.join();
}

void Client::connect(Dial dial) {
  courier_->box->only(++courier_->connection);
  courier_->order(std::move(dial), true);
}

void Client::subscribe(std::string filter) { courier_->order(Subscribe{std::move(filter)}); }

void Client::publish(std::uint64_t id, Outgoing message) { courier_->order(Publish{id, std::move(message)}); }

void Client::close() {
  courier_->box->only(++courier_->connection);
  courier_->order(Close{}, true);
}

std::uint64_t Client::dropped() const { return courier_->box->dropped(); }

Task<bool> Client::stop(std::optional<Outgoing> goodbye, LoopClock::duration limit) {
  courier_->box->only(++courier_->connection);
  Finish finish{std::move(goodbye)};
  courier_->order(std::move(finish), true);
  const bool over = co_await courier_->over.wait_until(LoopClock::now() + limit);
  courier_->box->close();
  if (over) {
    courier_->thread.join();
  } else {
    courier_->thread.detach();
  }
  co_return over;
}

}  // namespace leafgate::broker
