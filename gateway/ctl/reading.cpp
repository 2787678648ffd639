#include "gateway/ctl/reading.hpp"

#include <nlohmann/json.hpp>

namespace leafgate::ctl {

const nlohmann::json* View::find(std::string_view name) const {
  if (value_ == nullptr || !value_->is_object()) return nullptr;
  const auto at = value_->find(name);
  return at == value_->end() || at->is_null() ? nullptr : &*at;
}

std::string View::text(std::string_view name) const {
  const nlohmann::json* value = find(name);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

std::int64_t View::number(std::string_view name) const {
  const nlohmann::json* value = find(name);
  return value != nullptr && value->is_number_integer() ? value->get<std::int64_t>() : 0;
}

bool View::flag(std::string_view name) const {
  const nlohmann::json* value = find(name);
  return value != nullptr && value->is_boolean() && value->get<bool>();
}

std::vector<View> View::list(std::string_view name) const {
  std::vector<View> out;
  const nlohmann::json* value = find(name);
  if (value != nullptr && value->is_array())
    for (const nlohmann::json& element : *value) out.emplace_back(&element);
  return out;
}

std::vector<std::string> View::texts(std::string_view name) const {
  std::vector<std::string> out;
  const nlohmann::json* value = find(name);
  if (value != nullptr && value->is_array())
    for (const nlohmann::json& element : *value)
      if (element.is_string()) out.push_back(element.get<std::string>());
  return out;
}

std::vector<std::pair<std::string, std::string>> View::pairs(std::string_view name) const {
  std::vector<std::pair<std::string, std::string>> out;
  const nlohmann::json* value = find(name);
  if (value != nullptr && value->is_object())
    for (const auto& [key, element] : value->items())
      if (element.is_string()) out.emplace_back(key, element.get<std::string>());
  return out;
}

Result<Document> Document::parse(std::string_view text) {
  auto value = std::make_shared<nlohmann::json>(nlohmann::json::parse(text, nullptr, false));
  if (value->is_discarded()) return Error(Errc::malformed, "the daemon's answer is not JSON");
  Document out;
  out.value_ = std::move(value);
  return out;
}

}  // namespace leafgate::ctl
