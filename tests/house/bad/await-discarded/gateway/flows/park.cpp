#include "gateway/ports/outbox.hpp"

Task<void> park(Outbox& outbox) {
  co_await outbox.settle(1);  // bad
  co_await settle_elsewhere(1);
}
