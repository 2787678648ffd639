#include "gateway/model/client_family.hpp"

#include <algorithm>

namespace leafgate {

// C takes 1 to 300, but stays silent meanwhile, so the upper end is kept below our own idle limit. C# gives
// up after 60 s without a packet and adds up to 5 s of its own. Java makes 2 of what is outside 2..5.
RetryBounds obeyed_by(ClientFamily family) {
  switch (family) {
    case ClientFamily::c:
    case ClientFamily::node:
    case ClientFamily::python:
      return {Seconds(1), Seconds(100)};
    case ClientFamily::leaf_link:
      return {Seconds(1), Seconds(60)};
    case ClientFamily::csharp:
      return {Seconds(2), Seconds(49)};
    case ClientFamily::java:
      return {Seconds(2), Seconds(5)};
    case ClientFamily::unknown:
      break;
  }
  return {Seconds(1), Seconds(3)};
}

Seconds retry_after_for(ClientFamily family, Seconds wanted) {
  if (wanted <= Seconds(0)) return Seconds(0);
  const RetryBounds bounds = obeyed_by(family);
  return std::clamp(wanted, bounds.least, bounds.most);
}

}  // namespace leafgate
