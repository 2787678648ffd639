#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "gateway/ports/derived_keys.hpp"
#include "tests/fakes/fail_switch.hpp"

namespace leafgate {

// Derived keys in memory: every call completes at once on the caller. Members are open to the tests.
class FakeDerivedKeys : public DerivedKeys {
 public:
  FailSwitch fail;
  std::map<std::tuple<std::string, std::string, std::string>, SealedKey> rows;  // enrollment, id, group key
  int reads = 0;
  std::int64_t writes = 0;

  Task<Result<std::vector<DerivedKey>>> find(std::vector<std::string> enrollments,
                                             std::vector<std::string> ids) override {
    ++reads;
    if (auto error = fail.next()) co_return *error;
    std::vector<DerivedKey> found;
    for (const std::string& enrollment : enrollments)
      for (const std::string& id : ids)
        for (const auto& [key, sealed] : rows)
          if (std::get<0>(key) == enrollment && std::get<1>(key) == id)
            found.push_back({enrollment, id, std::get<2>(key), sealed});
    co_return found;
  }

  Task<Result<void>> put(DerivedKey key) override {
    if (auto error = fail.next()) co_return *error;
    ++writes;
    rows.insert_or_assign(std::tuple(key.enrollment, key.id, key.group_key), key.sealed);
    co_return Result<void>();
  }

  Task<Result<std::size_t>> keep_only(std::string enrollment, std::vector<std::string> group_keys) override {
    if (auto error = fail.next()) co_return *error;
    const auto removed = std::erase_if(rows, [&](const auto& row) {
      const auto& [of, id, group_key] = row.first;
      return of == enrollment &&
             std::find(group_keys.begin(), group_keys.end(), group_key) == group_keys.end();
    });
    if (removed > 0) ++writes;
    co_return removed;
  }
};

}  // namespace leafgate
