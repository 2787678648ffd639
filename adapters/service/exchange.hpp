#pragma once

#include <string>

#include "adapters/service/turns.hpp"
#include "gateway/net/http_client.hpp"

namespace leafgate::service {

// One request to the service and its answer, for the clients of both of its APIs. At most `places` are under
// way at a time, the others wait for their turn; `time_limit` counts from there. When one gets no answer in
// time, those that wait fail with it. Nothing is retried but what HttpClient retries on a kept connection
// that died. First loop only. `http` must outlive it.
class Exchange {
 public:
  Exchange(const Executor& loop, net::HttpClient& http, std::size_t places, Millis time_limit);

  // `token` is what Authorization says, printable ASCII; empty: nothing. Errors: in the words of
  // ports/provisioning_service.hpp.
  Task<Result<net::HttpResponse>> send(net::HttpRequest request, std::string token);
  // Opens a connection and keeps it for the next request. Errors: likewise.
  Task<Result<void>> reach();

 private:
  net::HttpClient& http_;
  Turns turns_;
  Millis time_limit_;
};

}  // namespace leafgate::service
