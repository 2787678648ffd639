#pragma once

#include <algorithm>
#include <string_view>

#include "gateway/model/bytes.hpp"

namespace leafgate::net {

// A ClientHello as a leaf could send it, with SNI unless `server_name` is empty, in one record or, with
// `fragment` above 0, cut into records of that many octets. `padding` octets go into an unknown extension.
inline Bytes hello_bytes(std::string_view server_name, std::size_t fragment = 0, std::size_t padding = 0) {
  const auto put = [](Bytes& to, std::size_t value, int octets) {
    for (int i = octets - 1; i >= 0; --i) to.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  };
  const auto append = [](Bytes& to, const Bytes& from) { to.insert(to.end(), from.begin(), from.end()); };

  Bytes extensions;
  if (padding > 0) {
    put(extensions, 21, 2);
    put(extensions, padding, 2);
    extensions.resize(extensions.size() + padding);
  }
  if (!server_name.empty()) {
    put(extensions, 0, 2);
    put(extensions, server_name.size() + 5, 2);
    put(extensions, server_name.size() + 3, 2);
    put(extensions, 0, 1);
    put(extensions, server_name.size(), 2);
    append(extensions, Bytes(server_name.begin(), server_name.end()));
  }
  Bytes body{3, 3};
  body.resize(body.size() + 32, 0x5a);
  put(body, 0, 1);
  append(body, {0, 2, 0x13, 0x01, 1, 0});
  put(body, extensions.size(), 2);
  append(body, extensions);

  Bytes message{1};
  put(message, body.size(), 3);
  append(message, body);
  if (fragment == 0) fragment = message.size();
  Bytes records;
  for (std::size_t at = 0; at < message.size(); at += fragment) {
    const ByteView part = ByteView(message).subspan(at).first(std::min(fragment, message.size() - at));
    append(records, {22, 3, 1});
    put(records, part.size(), 2);
    records.insert(records.end(), part.begin(), part.end());
  }
  return records;
}

}  // namespace leafgate::net
