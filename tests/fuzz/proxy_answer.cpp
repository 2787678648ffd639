#include <cstdlib>

#include "gateway/net/http_answer_reader.hpp"

using namespace leafgate;
using namespace leafgate::net;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

struct Heard {
  bool whole = false;
  bool accepts = false;
  std::string status;
  std::string unread;  // of what came by then
};

Heard heard(std::string_view first, std::string_view then) {
  const HttpClientLimits limits;
  HttpAnswerReader reader(limits, true);
  Heard out;
  for (const std::string_view piece : {first, then}) {
    if (out.whole) {
      out.unread += piece;
      continue;
    }
    if (piece.empty()) continue;
    const auto taken = reader.take(piece);
    // What is no answer yet fails too when the proxy ends: whether that is seen before then is all the same.
    if (!taken) return out;
    if (!*taken) continue;
    out.whole = true;
    out.accepts = reader.accepts();
    out.status = reader.status_line();
    out.unread = reader.take_unread();
  }
  return out;
}

}  // namespace

// What a proxy answers to CONNECT. The first octet says where the rest is cut: that changes neither its
// meaning nor which octets belong to what is behind the proxy. What is told of it is fit for a line of a log.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const std::string_view said = as_text(ByteView(data, size).subspan(1));
  const Heard whole = heard(said, {});
  const std::size_t cut = 1 + data[0] * (said.size() - 2) / 256;
  const Heard parts = heard(said.substr(0, cut), said.substr(cut));
  require(whole.whole == parts.whole && whole.accepts == parts.accepts && whole.status == parts.status &&
          whole.unread == parts.unread);
  if (!whole.whole) return 0;
  require(said.ends_with(whole.unread) && whole.status.size() <= 104);
  for (const char c : whole.status) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  require(whole.accepts == whole.status.starts_with('2'));
  return 0;
}
