#include <cstdlib>
#include <functional>

#include "adapters/service/connection_string.hpp"
#include "gateway/app/config_heads.hpp"
#include "gateway/app/config_value.hpp"
#include "gateway/model/bytes.hpp"
#include "gateway/model/time.hpp"

using namespace leafgate;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void try_duration(std::string_view text) {
  const auto duration = parse_duration(text);
  if (!duration) return require(!duration.error().detail.empty());
  require(duration->count() >= 0 && !to_text(*duration).empty());
}

// What is written as it was read is read as the same again.
void try_size(std::string_view text) {
  const auto size = parse_size(text);
  if (!size) return require(size.error().code == Errc::malformed);
  require(parse_size(to_text(*size)) || size->count > 1'000'000'000);
}

void try_address(std::string_view text) {
  const auto address = parse_listen_address(text);
  if (!address) return require(problem_of_loopback(text) != "");
  const auto again = parse_listen_address(to_text(*address));
  require(again && *again == *address);
  require(collide(*address, *again) == (address->port != 0));
  (void)problem_of_loopback(text);
}

void try_proxy(std::string_view text) {
  const auto proxy = parse_proxy(text);
  require(proxy.has_value() == problem_of_proxy(text).empty());
  if (proxy) require(problem_of_host(proxy->host).empty() && proxy->port != 0);
}

void try_problems(std::string_view text) {
  for (const auto problem : {problem_of_id_scope, problem_of_host, problem_of_absolute_path,
                             problem_of_server_name, problem_of_textfile})
    require(problem(text).find('\n') == std::string_view::npos);
}

// A complaint must not repeat what may be a key.
void try_connection_string(std::string_view text) {
  const auto read = service::parse_connection_string(text);
  if (!read) return require(read.error().code == Errc::malformed && read.error().detail.size() < 400);
  require(problem_of_host(read->host).empty() && read->port != 0 && !read->policy.empty());
  require(!read->policy_key.empty());
}

// A line that is complained of is one of the document.
void try_document(std::string_view text) {
  std::size_t lines = 1;
  for (const char c : text) lines += c == '\n' ? 1 : 0;
  require(line_of_unreadable_head(text) <= lines && line_of_stray_character(text) <= lines);
}

}  // namespace

// One of the readers of single values by the input's own octets, as in dps_json.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  constexpr void (*readers[])(std::string_view) = {
      try_duration, try_size, try_address, try_proxy, try_problems, try_document, try_connection_string};
  readers[std::hash<std::string_view>()(text) % std::size(readers)](text);
  return 0;
}
