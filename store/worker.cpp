#include "store/worker.hpp"

#include "gateway/model/time.hpp"
#include "gateway/runtime/thread.hpp"

namespace leafgate {

Worker::Worker(std::string name, Connection connection, Health& health)
    : name_(std::move(name)), connection_(std::move(connection)), health_(health) {
  thread_ = std::thread([this] { run(); });
}

Worker::~Worker() { stop(End::finish); }

void Worker::post(std::function<Result<void>(Connection&)> function) {
  add(std::make_unique<Errand>(std::move(function)));
}

void Worker::stop(End end) {
  if (!thread_.joinable()) return;
  std::unique_lock lock(mutex_);
  stopping_ = true;
  arrived_.notify_all();
  // Again and again: an interrupt just before a statement begins is lost.
  while (end == End::interrupt && !arrived_.wait_for(lock, Millis(20), [this] { return ended_; }))
    connection_.interrupt();
  lock.unlock();
  thread_.join();
  const Connection closed = std::move(connection_);
}

void Worker::add(std::unique_ptr<Job> job) {
  std::unique_ptr<Job> refused;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      refused = std::move(job);
    } else {
      jobs_.push_back(std::move(job));
    }
  }
  if (refused) {
    refused->answer(Error(Errc::stopped, "the store is closed"));
  } else {
    arrived_.notify_all();
  }
}

std::unique_ptr<Job> Worker::next() {
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
  if (jobs_.empty()) return nullptr;
  auto job = std::move(jobs_.front());
  jobs_.pop_front();
  return job;
}

void Worker::run() {
  name_thread(name_);
  while (const auto job = next()) {
    auto failure = health_.fault();
    if (!failure) {
      const auto error = job->run(connection_);
      if (error) health_.saw(*error);
    }
    job->answer(std::move(failure));
  }
  const std::lock_guard lock(mutex_);
  ended_ = true;
  arrived_.notify_all();
}

}  // namespace leafgate
