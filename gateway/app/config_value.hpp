#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/model/result.hpp"

namespace leafgate {

struct Octets {
  std::size_t count = 0;
  friend bool operator==(const Octets&, const Octets&) = default;
};

// Where to listen: a numeric address and a port; port 0 means any free one.
struct ListenAddress {
  std::string address;  // "0.0.0.0", "::"; as the library writes it
  std::uint16_t port = 0;
  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

// "512B", "16KiB", "4MiB", "1GiB". Errors: malformed.
Result<Octets> parse_size(std::string_view text);
[[nodiscard]] std::string to_text(Octets size);

// "0.0.0.0:8883", "[::]:8883". Errors: malformed.
Result<ListenAddress> parse_listen_address(std::string_view text);
[[nodiscard]] std::string to_text(const ListenAddress& address);
// Whether both cannot be listened on: the same port of the same address, or of one that means all of them.
[[nodiscard]] bool collide(const ListenAddress& a, const ListenAddress& b);

// "http://outward.example:3128". Errors: malformed; refused (a password stands in it: it belongs into a
// file).
struct ProxyAddress {
  std::string host;
  std::uint16_t port = 0;
};
Result<ProxyAddress> parse_proxy(std::string_view text);

struct HttpsUrl {
  std::string host;  // a name, or an IPv4 address
  std::uint16_t port = 443;
  std::string path;  // with its query, as written: begins with '/'
};
// Without user and fragment. Errors: malformed.
Result<HttpsUrl> parse_https_url(std::string_view text);

// The first line of a file that others may neither read nor write. Errors name the file: not_found, refused
// (others may), malformed (not one line of text, or longer than 512 octets).
Result<std::string> read_secret(const std::string& path);
// "USER:PASSWORD" from such a file, for the proxy. Errors: the same.
Result<std::string> read_credentials(const std::string& path);

// Checks of single values: what is wrong with them, or nothing.
[[nodiscard]] std::string_view problem_of_id_scope(std::string_view text);
[[nodiscard]] std::string_view problem_of_host(std::string_view text);
[[nodiscard]] std::string_view problem_of_absolute_path(std::string_view text);
[[nodiscard]] std::string_view problem_of_server_name(std::string_view text);  // as SNI carries it
[[nodiscard]] std::string_view problem_of_user(std::string_view text);         // of this system, by name
[[nodiscard]] std::string_view problem_of_loopback(std::string_view text);     // "127.0.0.1:9464"
[[nodiscard]] std::string_view problem_of_proxy(std::string_view text);
[[nodiscard]] std::string_view problem_of_https_url(std::string_view text);
// A registrationId or enrollmentGroupId, or the beginning of one and '*'.
[[nodiscard]] std::string_view problem_of_id_pattern(std::string_view text);
[[nodiscard]] std::string_view problem_of_textfile(std::string_view text);
[[nodiscard]] std::string_view problem_of_registration_id(std::string_view text);
[[nodiscard]] std::string_view problem_of_tcti(std::string_view text);       // "device:/dev/tpmrm0"
[[nodiscard]] std::string_view problem_of_network(std::string_view text);    // "192.0.2.7", "192.0.2.0/24"
[[nodiscard]] std::string_view problem_of_neighbour(std::string_view text);  // "edge:8883", "127.0.0.1:8883"
[[nodiscard]] std::string_view problem_of_broker(std::string_view text);     // "mqtts://broker.site:8883"
[[nodiscard]] std::string_view problem_of_device(std::string_view text);     // "/dev/serial/by-id/..."
[[nodiscard]] std::string_view problem_of_line(std::string_view text);       // name of a serial line
[[nodiscard]] std::string_view problem_of_dialled(std::string_view text);    // "10.1.2.3:443"

// Single-character edits (insert, drop, replace, swap of neighbours) from one word to the other.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace leafgate
