#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace leafgate::standin {

// The path's segments, percent-decoded, without the query; a segment that cannot be decoded comes out empty.
std::vector<std::string> path_of(const std::string& target);

// The value of a query parameter, percent-decoded; empty when it is absent.
std::string query_value(const std::string& target, std::string_view name);

// The accept rule for registrationIds (device sheet §6).
bool registration_id_valid(const std::string& id);

}  // namespace leafgate::standin
