#pragma once

#include "tests/standin/http.hpp"
#include "tests/standin/talk.hpp"

namespace leafgate::standin {

// HTTP/1.1, one request at a time.
Speak http_talk(Handler handler);

}  // namespace leafgate::standin
