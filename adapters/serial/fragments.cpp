#include "adapters/serial/fragments.hpp"

#include <algorithm>
#include <utility>

namespace leafgate::serial {

Assembly::Step Assembly::add(const Frame& data) {
  if (data.fragment == 0) clear();
  if (data.fragment != next_) {
    clear();
    return Step::out_of_order;
  }
  if (data.payload.size() > most_from_leaf - message_.size()) {
    clear();
    return Step::too_large;
  }
  message_.insert(message_.end(), data.payload.begin(), data.payload.end());
  ++next_;
  return data.more ? Step::more : Step::whole;
}

Bytes Assembly::take() {
  next_ = 0;
  return std::exchange(message_, Bytes());
}

void Assembly::clear() {
  next_ = 0;
  message_.clear();
}

void Cut::put_into(Frame& data, std::size_t mtu) {
  under_way_ = std::min(std::max(mtu, least_mtu), message_.size() - arrived_);
  const ByteView part = ByteView(message_).subspan(arrived_, under_way_);
  data.payload.assign(part.begin(), part.end());
  data.fragment = index_;
  data.more = arrived_ + under_way_ < message_.size();
}

bool Cut::advance() {
  arrived_ += std::exchange(under_way_, 0);
  ++index_;
  return arrived_ < message_.size();
}

void Cut::restart() {
  arrived_ = 0;
  under_way_ = 0;
  index_ = 0;
}

}  // namespace leafgate::serial
