#pragma once

#include <string>

#include "gateway/net/http_client.hpp"
#include "gateway/ports/deny_operator.hpp"
#include "gateway/ports/random.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate::service {

// Fetches the signed deny list from where deny.url names, again and again: a GET with the entity tag of the
// one that was taken last, a body of bounded size, no redirects. What comes is believed for its signature
// alone. Trouble changes nothing about the list that is held. First loop only.
class DenyFetch {
 public:
  struct Ports {
    net::HttpClient& http;  // to the host of the URL; its limit of a body is wire::largest_deny_list
    DenyOperator& desk;
    Random& random;
    Executor pool;                                        // where a list is read
    std::function<void(std::string trouble)> on_trouble;  // empty: it went well
  };
  // `target` is the path and query of the URL.
  DenyFetch(Executor loop, Ports ports, std::string target, Millis every);

  // Until stop(). The first time within half a minute, so that a whole fleet that starts does not come at
  // once.
  Task<void> run();
  void stop();

 private:
  Task<Result<void>> fetch();
  [[nodiscard]] Millis spread(Millis around);

  Ports ports_;
  std::string target_;
  Millis every_;
  std::string entity_tag_;
  Wakeup wakeup_;
  bool stopping_ = false;
};

}  // namespace leafgate::service
