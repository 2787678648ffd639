#include "gateway/flows/line_desk.hpp"

#include <algorithm>

namespace leafgate {
namespace {

Error no_such_line(const std::string& name, const std::vector<LineFacts>& lines) {
  std::string known;
  for (const LineFacts& line : lines) known.append(known.empty() ? "" : ", ").append(line.name);
  return Error(Errc::not_found, "no serial line has the name " + name +
                                    (known.empty() ? ": none is configured" : "; there is " + known));
}

}  // namespace

Task<LineReport> LineDesk::line_report() {
  auto here = report_here();
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<Result<Bytes>> LineDesk::link_key() {
  auto here = ports_.vouchers.public_key();
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<Result<void>> LineDesk::release_line(std::string name, Actor who) {
  auto released = change(&Lines::release, name);
  auto here = ports_.audited.carry(std::move(who), "line release", std::move(name), std::move(released));
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<Result<void>> LineDesk::claim_line(std::string name, Actor who) {
  auto claimed = change(&Lines::claim, name);
  auto here = ports_.audited.carry(std::move(who), "line claim", std::move(name), std::move(claimed));
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<LineReport> LineDesk::report_here() {
  LineReport report;
  report.lines = ports_.lines.lines();
  report.broker = ports_.lines.broker();
  co_return report;
}

// The names stand in the refusal: who types one seldom has the configuration beside it.
Task<Result<void>> LineDesk::change(Change what, std::string name) {
  const auto lines = ports_.lines.lines();
  const bool is_known =
      std::any_of(lines.begin(), lines.end(), [&name](const LineFacts& line) { return line.name == name; });
  if (!is_known) co_return no_such_line(name, lines);
  auto done = co_await (ports_.lines.*what)(name);
  if (!done) co_return Error(done.error().code, name + ": " + done.error().detail);
  co_return Result<void>();
}

}  // namespace leafgate
