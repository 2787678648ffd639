#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "gateway/model/result.hpp"

namespace leafgate::ctl {

// A look at a JSON answer of the daemon that never fails: what is missing or of another type is empty. So a
// newer daemon, or an older one, is told as far as it is understood. Lives as long as its Document.
class View {
 public:
  explicit View(const nlohmann::json* value) : value_(value) {}

  [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }
  [[nodiscard]] View at(std::string_view name) const { return View(find(name)); }
  [[nodiscard]] std::string text(std::string_view name) const;  // as received: escape before showing
  [[nodiscard]] std::int64_t number(std::string_view name) const;
  [[nodiscard]] bool flag(std::string_view name) const;
  [[nodiscard]] std::vector<View> list(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> texts(std::string_view name) const;
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> pairs(std::string_view name) const;

 private:
  [[nodiscard]] const nlohmann::json* find(std::string_view name) const;
  const nlohmann::json* value_;
};

class Document {
 public:
  // Errors: malformed.
  static Result<Document> parse(std::string_view text);
  [[nodiscard]] View root() const { return View(value_.get()); }

 private:
  std::shared_ptr<const nlohmann::json> value_;
};

}  // namespace leafgate::ctl
