#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "gateway/model/result.hpp"

namespace leafgate {

// Lower case for ASCII letters only: the identifiers of DPS are ASCII.
[[nodiscard]] std::string ascii_lower(std::string_view text);
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);

// A DPS registrationId: 1 to 128 characters of A-Z a-z 0-9 - . _ :, beginning with a letter or digit, ending
// with one or with '-'. Case-insensitive: compared and stored by key(), echoed to the leaf as text(). Source:
// DPS concepts-service, device API specification 2021-10-01.
class RegistrationId {
 public:
  static Result<RegistrationId> parse(std::string_view text);

  [[nodiscard]] const std::string& text() const { return text_; }  // as received
  [[nodiscard]] const std::string& key() const { return key_; }    // lower case

  friend bool operator==(const RegistrationId& a, const RegistrationId& b) { return a.key_ == b.key_; }
  friend auto operator<=>(const RegistrationId& a, const RegistrationId& b) { return a.key_ <=> b.key_; }

 private:
  explicit RegistrationId(std::string_view text) : text_(text), key_(ascii_lower(text)) {}
  std::string text_;
  std::string key_;
};

// The idScope of a provisioning service: 1 to 64 characters of A-Z a-z 0-9 (seen: "0ne00ABCDEF"). No grammar
// is published; compared ignoring case, because iot-identity-service lower-cases it in its token.
class IdScope {
 public:
  static Result<IdScope> parse(std::string_view text);

  [[nodiscard]] const std::string& text() const { return text_; }

  friend bool operator==(const IdScope& a, const IdScope& b) { return equal_ignoring_case(a.text_, b.text_); }

 private:
  explicit IdScope(std::string_view text) : text_(text) {}
  std::string text_;
};

// Names one asynchronous registration attempt: 1 to 256 characters of A-Z a-z 0-9 . _ -, so that it is safe
// in a topic and in a path. Opaque to leaves.
class OperationId {
 public:
  static Result<OperationId> parse(std::string_view text);

  [[nodiscard]] const std::string& text() const { return text_; }

  friend bool operator==(const OperationId& a, const OperationId& b) { return a.text_ == b.text_; }

 private:
  explicit OperationId(std::string_view text) : text_(text) {}
  std::string text_;
};

}  // namespace leafgate
