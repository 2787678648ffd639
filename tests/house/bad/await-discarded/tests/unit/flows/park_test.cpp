#include "gateway/ports/outbox.hpp"

// This file's own settle() makes the name ambiguous here, and only here.
Task<void> settle(int row);
Task<void> calls() { co_await settle(1); }
