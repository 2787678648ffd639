#include "gateway/crypto/ticket_keys.hpp"

#include <algorithm>

#include <openssl/crypto.h>

#include "gateway/crypto/random.hpp"

namespace leafgate::crypto {

TicketKeys::TicketKeys(std::function<std::chrono::nanoseconds()> now) : now_(std::move(now)) {
  keys_.reserve(kept + 1);  // never reallocated: no copies of keys are left behind in freed memory
  keys_.push_back(make());
}

TicketKeys::~TicketKeys() { OPENSSL_cleanse(keys_.data(), keys_.size() * sizeof(Key)); }

TicketKeys::Key TicketKeys::make() const {
  Key key{};
  SystemRandom random;
  random.fill(key.name);
  random.fill(key.cipher);
  random.fill(key.mac);
  key.made = now_();
  return key;
}

void TicketKeys::rotate_when_due() {
  const auto now = now_();
  if (now - keys_.front().made >= period) keys_.insert(keys_.begin(), make());
  // By age too, not by number alone: nothing rotates while nobody connects.
  while (keys_.size() > kept || now - keys_.back().made >= kept * period) {
    OPENSSL_cleanse(&keys_.back(), sizeof(Key));
    keys_.pop_back();
  }
}

TicketKeys::Key TicketKeys::current() {
  const std::lock_guard lock(mutex_);
  rotate_when_due();
  return keys_.front();
}

std::optional<TicketKeys::Found> TicketKeys::find(ByteView name) {
  const std::lock_guard lock(mutex_);
  rotate_when_due();
  for (const Key& key : keys_) {
    if (std::equal(name.begin(), name.end(), key.name.begin(), key.name.end())) {
      return Found{key, &key == &keys_.front()};
    }
  }
  return std::nullopt;
}

}  // namespace leafgate::crypto
