#include <algorithm>
#include <cstdlib>
#include <vector>

#include "gateway/net/http_request_reader.hpp"

using namespace leafgate;
using namespace leafgate::net;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

// What a connection comes to when its peer says this in these pieces and ends.
struct Understood {
  std::vector<HttpRequest> requests;
  std::vector<bool> keep_alive;
  int refusal = 0;
};

class Talk {
 public:
  explicit Talk(const HttpLimits& limits) : reader_(limits) {}
  Understood understood;

  void say(std::string_view piece) {
    if (ended_) return;
    reader_.add(piece);
    for (;;) {
      if (!open_) open_ = reader_.head();
      if (!open_) return;
      if (open_->refusal != 0) {
        understood.refusal = open_->refusal;
        require(!open_->why.empty());
        ended_ = true;
        return;
      }
      if (!reader_.take_body(*open_)) return;
      understood.keep_alive.push_back(open_->keep_alive);
      understood.requests.push_back(std::move(open_->request));
      ended_ = !open_->keep_alive;
      open_.reset();
      if (ended_) return;
    }
  }

 private:
  HttpRequestReader reader_;
  std::optional<IncomingRequest> open_;
  bool ended_ = false;
};

bool is_clean(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

void check(const HttpRequest& request, const HttpLimits& limits) {
  require(is_clean(request.method) && is_clean(request.target) && request.target.starts_with('/'));
  require(request.body.size() <= limits.body && request.headers.fields().size() <= limits.fields);
  require(request.headers.count("Host") <= 1 && request.headers.count("Content-Length") <= 1 &&
          request.headers.count("Transfer-Encoding") == 0);
  for (const auto& [name, value] : request.headers.fields()) require(is_clean(name) && is_clean(value));
  const auto target = parse_target(request.target);
  require(target || target.error().code == Errc::malformed);
}

}  // namespace

// The first octet says where the rest is cut. However it is cut, the same requests are understood, and each
// is within the limits, of one meaning, and free of what would break out of its line further on.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  HttpLimits limits;
  limits.head = 1024;  // small, so that small inputs reach them
  limits.fields = 8;
  limits.body = 512;
  const std::string_view said = as_text(ByteView(data, size).subspan(1));
  Talk whole(limits);
  whole.say(said);
  for (const HttpRequest& request : whole.understood.requests) check(request, limits);

  Talk parts(limits);
  const std::size_t cut = 1 + data[0] * (said.size() - 2) / 256;
  parts.say(said.substr(0, cut));
  parts.say(said.substr(cut));
  const Understood& one = whole.understood;
  const Understood& other = parts.understood;
  require(one.requests.size() == other.requests.size() && one.keep_alive == other.keep_alive &&
          (one.refusal == 0) == (other.refusal == 0));
  for (std::size_t i = 0; i < one.requests.size(); ++i)
    require(one.requests[i].method == other.requests[i].method &&
            one.requests[i].target == other.requests[i].target &&
            one.requests[i].body == other.requests[i].body &&
            one.requests[i].headers.fields() == other.requests[i].headers.fields());
  return 0;
}
