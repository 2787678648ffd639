#include "adapters/serial/carrier.hpp"

#include <utility>

#include "adapters/serial/fragments.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate::serial {
namespace {

// An attempt has three messages for the leaf, and a slow line may hold some of the attempt before it.
constexpr std::size_t most_mail = 8;

}  // namespace

void Carrier::send(Bytes message) {
  if (!is_there()) return;
  if (message.empty() || message.size() > most_to_leaf) {
    log::error("a message does not fit a serial line",
               {{"leaf", source_.address}, {"octets", std::uint64_t{message.size()}}});
    return;
  }
  if (mail_.size() == most_mail) mail_.pop_front();  // the oldest is the one most likely to be pointless
  mail_.push_back(std::move(message));
  wake_();
}

Bytes Carrier::take() {
  Bytes message = std::move(mail_.front());
  mail_.pop_front();
  return message;
}

void Carrier::close() {
  wake_ = nullptr;
  mail_.clear();
}

}  // namespace leafgate::serial
