#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace leafgate::standin {

// Where a query goes on. There is no snapshot: what is new or gone by then is seen or missed (sheet §1.4).
struct Cursor {
  std::string after;  // key of the last item given
  int empty = 0;      // empty pages since
};

// x-ms-continuation as clients see it, opaque. It belongs to one query, named by `query`.
std::string continuation(std::string_view query, const Cursor& cursor);
// Nothing when it did not come from that query.
std::optional<Cursor> cursor_of(std::string_view query, const std::string& token);

struct Page {
  nlohmann::json items = nlohmann::json::array();
  std::optional<Cursor> next;  // absent: the end
};

// The page of `records` (a map by key) at `at`. `show` gives the item of a record, or null for one that is
// not part of this query. Before each page with items stand `empty_pages` without any, and then the end is
// one too: whoever reads must go by the continuation, never by the number of items.
template <class Records, class Show>
Page page_of(const Records& records, const Cursor& at, std::size_t size, int empty_pages, Show show) {
  Page page;
  if (at.empty < empty_pages) {
    page.next = {at.after, at.empty + 1};
    return page;
  }
  std::string last;
  auto record = at.after.empty() ? records.begin() : records.upper_bound(at.after);
  for (; record != records.end() && page.items.size() < size; ++record) {
    nlohmann::json item = show(record->second);
    if (item.is_null()) continue;
    page.items.push_back(std::move(item));
    last = record->first;
  }
  bool more = empty_pages > 0 && !page.items.empty();
  for (; record != records.end() && !more; ++record) more = !show(record->second).is_null();
  if (more) page.next = {last, 0};
  return page;
}

}  // namespace leafgate::standin
