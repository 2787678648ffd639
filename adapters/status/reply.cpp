#include "adapters/status/reply.hpp"

#include <charconv>

#include "adapters/wire/enrollment_file.hpp"
#include "adapters/wire/json_text.hpp"

namespace leafgate::status {

net::HttpResponse json_reply(std::string json, int http_status) {
  net::HttpResponse out(http_status, "application/json; charset=utf-8", std::move(json) + "\n");
  out.headers.add("Cache-Control", "no-store");
  out.headers.add("X-Content-Type-Options", "nosniff");
  return out;
}

int http_status_of(Errc code) {
  switch (code) {
    case Errc::malformed:
      return 400;
    case Errc::refused:
      return 403;
    case Errc::not_found:
      return 404;
    case Errc::conflict:
    case Errc::in_use:
      return 409;
    case Errc::too_large:
      return 413;
    case Errc::unsupported:
      return 415;
    case Errc::throttled:
      return 429;
    case Errc::unreachable:
    case Errc::untrusted:
    case Errc::proxy_failed:
    case Errc::own_address:
    case Errc::implausible:
      return 502;
    case Errc::stopped:
      return 503;
    case Errc::timed_out:
      return 504;
    case Errc::store_full:
      return 507;
    case Errc::store_fault:
    case Errc::internal:
      return 500;
  }
  return 500;
}

net::HttpResponse error_reply(const Error& error) {
  return error_reply(http_status_of(error.code), to_text(error.code), error.detail);
}

net::HttpResponse error_reply(int http_status, std::string_view code, std::string_view text) {
  const std::string inner = wire::json::ObjectWriter().text("code", code).text("text", text).str();
  return json_reply(wire::json::ObjectWriter().raw("error", inner).str(), http_status);
}

net::HttpResponse mistakes_reply(const wire::Mistakes& mistakes) {
  std::string list = "[";
  for (const std::string& text : mistakes.first())
    list.append(list.size() > 1 ? "," : "").append(wire::json::quoted(text));
  const std::string count = std::to_string(mistakes.count());
  wire::json::ObjectWriter inner;
  inner.text("code", "malformed")
      .text("text", "nothing was imported, the file has " + count + (count == "1" ? " mistake" : " mistakes"))
      .raw("mistakes", list + "]");
  if (const std::size_t more = mistakes.count() - mistakes.first().size(); more > 0)
    inner.number("more", static_cast<std::int64_t>(more));
  return json_reply(wire::json::ObjectWriter().raw("error", inner.str()).str(), 422);
}

Result<std::size_t> limit_of(const net::HttpTarget& target) {
  const std::string* text = target.parameter("limit");
  if (text == nullptr) return std::size_t{100};
  std::size_t limit = 0;
  const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), limit);
  if (failure != std::errc() || end != text->data() + text->size() || limit < 1 || limit > 1000)
    return Error(Errc::malformed, "limit is a number from 1 to 1000");
  return limit;
}

Result<void> only_knows(const net::HttpTarget& target, std::string_view known) {
  for (const auto& [name, value] : target.query)
    if (name.find('|') != std::string::npos || known.find("|" + name + "|") == std::string_view::npos)
      return Error(Errc::malformed, "no parameter of this path: " + name);
  return {};
}

}  // namespace leafgate::status
