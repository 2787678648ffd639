#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "gateway/ports/service_list.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate {

// The service's lists in memory, by pages, as the stand-in gives them: without a snapshot, with empty pages
// between. Members are open to tests.
class FakeServiceList : public ServiceList {
 public:
  struct Row {
    ListedEnrollment listed;
    std::string key = "a key of its own";  // empty: none is shown
    std::string odd;                       // what is wrong with it; then it has no record
    std::optional<bool> odd_status;        // whether it is enabled then; absent: nobody can tell
  };
  std::map<std::string, Row> individuals;
  std::map<std::string, Row> groups;
  std::map<std::string, std::vector<RegistrationState>> states_of;  // by group
  std::size_t odd_states = 0;                                       // of every group
  std::size_t page_size = 2;
  bool empty_pages = false;
  std::map<std::string, std::string> next_instead;  // by what was asked: what a page names as the next one
  bool tokens_forgotten = false;  // every continuation is refused from now on, until it was once
  // Of the n-th request (from 1): an answer instead of the page, or an error before it.
  std::function<void(int n, ListAnswer& answer, std::optional<Error>& error)> fault;
  int requests = 0;
  std::vector<std::string> asked;
  std::vector<TimePoint> asked_at;

  void put(const std::string& id, const std::string& etag, EnrollmentKind kind = EnrollmentKind::individual,
           Mechanism mechanism = Mechanism::symmetric_key) {
    Enrollment e;
    e.kind = kind;
    e.id = id;
    e.mechanism = mechanism;
    e.etag = etag;
    e.record = R"({"etag":")" + etag + "\"}";
    Row& row = rows(kind)[id];
    row.listed.enrollment = std::move(e);
    row.key = "key " + id + " " + etag + " of 16 octets";
  }

  Task<Result<EnrollmentListPage>> enrollments(EnrollmentKind kind, std::string continuation) override {
    EnrollmentListPage page;
    const std::string what = kind == EnrollmentKind::group ? "groups " : "individuals ";
    if (auto error = ask(what + continuation, page.answer)) co_return *error;
    if (page.answer.http_status != 200) co_return page;
    if (tokens_forgotten && !continuation.empty()) {
      tokens_forgotten = false;
      page.answer.http_status = 400;
      co_return page;
    }
    const bool was_empty = continuation.starts_with("e");
    const std::string after = continuation.empty() ? "" : continuation.substr(1);
    if (empty_pages && !was_empty) {
      page.continuation = "e" + after;
      co_return page;
    }
    const auto& all = rows(kind);
    auto at = all.upper_bound(after);
    std::string last;
    for (std::size_t n = 0; at != all.end() && n < page_size; ++at, ++n) {
      last = at->first;
      if (at->second.odd.empty())
        page.records.push_back(at->second.listed);
      else if (last.starts_with("?"))
        ++page.nameless;
      else
        page.odd.push_back({last, at->second.odd, at->second.odd_status});
    }
    if (at != all.end()) page.continuation = "t" + last;
    if (const auto next = next_instead.find(asked.back()); next != next_instead.end())
      page.continuation = next->second;
    co_return page;
  }

  Task<Result<StateListPage>> states(std::string group, std::string continuation) override {
    StateListPage page;
    if (auto error = ask("states " + group + " " + continuation, page.answer)) co_return *error;
    if (page.answer.http_status != 200) co_return page;
    page.states = states_of[group];
    page.odd = odd_states;
    if (const auto next = next_instead.find(asked.back()); next != next_instead.end())
      page.continuation = next->second;
    co_return page;
  }

  Task<Result<KeysAnswer>> keys(EnrollmentKind kind, std::string id) override {
    KeysAnswer out;
    if (auto error = ask("keys " + id, out.answer)) co_return *error;
    const auto at = rows(kind).find(id);
    if (out.answer.http_status == 200 && at == rows(kind).end()) out.answer.http_status = 404;
    if (out.answer.http_status != 200) co_return out;
    out.mechanism = at->second.listed.enrollment.mechanism;
    if (!at->second.key.empty()) out.primary = crypto::Secret(as_bytes(at->second.key));
    co_return out;
  }

  [[nodiscard]] std::ptrdiff_t requests_of(const std::string& what) const {
    return std::count(asked.begin(), asked.end(), what);
  }
  std::map<std::string, Row>& rows(EnrollmentKind kind) {
    return kind == EnrollmentKind::individual ? individuals : groups;
  }

 private:
  std::optional<Error> ask(const std::string& what, ListAnswer& answer) {
    ++requests;
    asked.push_back(what);
    asked_at.push_back(LoopClock::now());
    answer.http_status = 200;
    std::optional<Error> error;
    if (fault) fault(requests, answer, error);
    return error;
  }
};

}  // namespace leafgate
