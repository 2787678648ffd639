#include "adapters/tpm/queue.hpp"

#include <algorithm>

namespace leafgate::tpm {

std::unique_ptr<Job> Queue::next() {
  for (auto& jobs : jobs_) {
    if (jobs.empty()) continue;
    std::unique_ptr<Job> first = std::move(jobs.front());
    jobs.pop_front();
    return first;
  }
  return nullptr;
}

template <class F>
std::vector<std::unique_ptr<Job>> Queue::take_if(F wanted) {
  std::vector<std::unique_ptr<Job>> taken;
  for (auto& jobs : jobs_) {
    const auto from = std::stable_partition(jobs.begin(), jobs.end(),
                                            [&](const std::unique_ptr<Job>& job) { return !wanted(*job); });
    std::move(from, jobs.end(), std::back_inserter(taken));
    jobs.erase(from, jobs.end());
  }
  return taken;
}

std::vector<std::unique_ptr<Job>> Queue::take_expired(TimePoint now) {
  return take_if([now](const Job& job) { return job.deadline <= now; });
}

std::vector<std::unique_ptr<Job>> Queue::take_all(std::optional<Needs> needs) {
  return take_if([needs](const Job& job) { return !needs || job.needs == *needs; });
}

std::optional<TimePoint> Queue::first_deadline() const {
  std::optional<TimePoint> first;
  for (const auto& jobs : jobs_) {
    for (const auto& job : jobs) first = first ? std::min(*first, job->deadline) : job->deadline;
  }
  return first;
}

}  // namespace leafgate::tpm
