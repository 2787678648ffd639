#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

namespace leafgate {

// Who waits for something scarce, by source: sources take turns, however much one of them brings, and every
// other turn is for those that nothing is held against. Pure bookkeeping.
template <class T>
class SourceTurns {
 public:
  using Entry = std::shared_ptr<T>;

  void add(const std::string& source, Entry entry) {
    auto& entries = of_[source];
    if (entries.empty()) order_.push_back(source);
    entries.push_back(std::move(entry));
    ++size_;
  }

  // The oldest of the source whose turn it is; it stays until it is removed. Null when nobody waits.
  Entry next(const std::function<bool(const std::string&)>& is_doubted) {
    if (order_.empty()) return nullptr;
    doubted_turn_ = !doubted_turn_;
    auto at = std::find_if(order_.begin(), order_.end(),
                           [&](const std::string& source) { return is_doubted(source) == doubted_turn_; });
    if (at == order_.end()) at = order_.begin();
    order_.splice(order_.end(), order_, at);
    return of_.at(order_.back()).front();
  }

  // False when it is not among them.
  bool remove(const std::string& source, const Entry& entry) {
    const auto found = of_.find(source);
    if (found == of_.end()) return false;
    auto& entries = found->second;
    const auto at = std::find(entries.begin(), entries.end(), entry);
    if (at == entries.end()) return false;
    entries.erase(at);
    --size_;
    if (!entries.empty()) return true;
    order_.remove(source);
    of_.erase(found);
    return true;
  }

  // The oldest that fits, of one source or of any; null when there is none.
  Entry find(const std::string& source, const std::function<bool(const T&)>& fits) const {
    const auto found = of_.find(source);
    if (found == of_.end()) return nullptr;
    const auto at = std::find_if(found->second.begin(), found->second.end(),
                                 [&](const Entry& entry) { return fits(*entry); });
    return at == found->second.end() ? nullptr : *at;
  }
  Entry find(const std::function<bool(const T&)>& fits) const {
    for (const std::string& source : order_)
      if (Entry found = find(source, fits)) return found;
    return nullptr;
  }

  [[nodiscard]] std::size_t count(const std::string& source) const {
    const auto found = of_.find(source);
    return found == of_.end() ? 0 : found->second.size();
  }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::list<std::string> order_;  // who comes next; only those with entries
  std::unordered_map<std::string, std::deque<Entry>> of_;
  std::size_t size_ = 0;
  bool doubted_turn_ = true;
};

}  // namespace leafgate
