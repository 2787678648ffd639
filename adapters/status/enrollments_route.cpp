#include <algorithm>

#include "adapters/status/guard.hpp"
#include "adapters/status/render.hpp"
#include "adapters/status/reply.hpp"
#include "adapters/status/route_groups.hpp"
#include "adapters/wire/certificate_enrollments.hpp"
#include "adapters/wire/enrollment_export.hpp"
#include "adapters/wire/enrollment_file.hpp"
#include "adapters/wire/json_text.hpp"
#include "gateway/model/enrollment_order.hpp"
#include "gateway/runtime/offload.hpp"

namespace leafgate::status {
namespace {

using wire::json::ObjectWriter;

constexpr std::string_view of_groups = "group/";  // in `after` and `next` of all: still among the groups

bool is_certificate_type(std::string_view lower) {
  return lower.starts_with("application/x-pem-file") || lower.starts_with("application/pkix-cert");
}

// A form of a web page cannot have these types without asking first, so no page imports by accident.
bool is_enrollment_file(const net::HttpRequest& request) {
  const std::string* type = request.headers.find("Content-Type");
  if (type == nullptr) return false;
  const std::string lower = ascii_lower(*type);
  return lower.starts_with("application/json") || lower.starts_with("text/csv") || is_certificate_type(lower);
}

// By its type and not by a look at it: the operator says what the file is.
bool is_certificate_file(const net::HttpRequest& request) {
  const std::string* type = request.headers.find("Content-Type");
  return type != nullptr && is_certificate_type(ascii_lower(*type));
}

std::string report_of(const Operator::ImportReport& done) {
  ObjectWriter out;
  out.number("imported", static_cast<std::int64_t>(done.count));
  std::string notes;
  for (const std::string& note : done.notes)
    notes.append(notes.empty() ? "" : ",").append(wire::json::quoted(note));
  if (!notes.empty()) out.raw("notes", "[" + notes + "]");
  return out.str();
}

struct ReadFile {
  std::vector<Operator::ImportItem> items;
  wire::Mistakes mistakes;
};

ReadFile items_of(wire::EnrollmentFile file) {
  ReadFile out;
  out.mistakes = std::move(file.mistakes);
  // Those of a large file take a third of the memory the daemon may have: gone before they are sorted.
  auto enrollments = std::move(file.enrollments);
  out.items.reserve(enrollments.size());
  for (wire::ImportedEnrollment& from : enrollments) {
    Operator::ImportItem& item = out.items.emplace_back();
    item.enrollment = std::move(from.enrollment);
    item.primary_key = std::move(from.primary_key);
    item.secondary_key = std::move(from.secondary_key);
    item.ends = from.ends;
  }
  return out;
}

// Here, where nobody waits: the store would sort them on the thread that writes for everybody.
ReadFile in_order(ReadFile file) {
  const auto before = [](const Operator::ImportItem& a, const Operator::ImportItem& b) {
    return is_before(a.enrollment, b.enrollment);
  };
  std::stable_sort(file.items.begin(), file.items.end(), before);
  return file;
}

// The text goes before its enrollments become items.
ReadFile read_import(std::string& body, bool certificates, const std::string& group) {
  wire::EnrollmentFile file;
  {
    const std::string text = std::move(body);
    file = certificates ? wire::read_certificate_file(text, group) : wire::read_enrollment_file(text);
  }
  return certificates ? items_of(std::move(file)) : in_order(items_of(std::move(file)));
}

// As a file would have them (wire/enrollment_export.hpp).
std::string records_of(const std::vector<Enrollment>& enrollments, const std::string& next) {
  std::string records;
  std::string left_out;
  for (const Enrollment& enrollment : enrollments) {
    const auto record = wire::exported_record(enrollment);
    if (record)
      records.append(records.empty() ? "" : ",").append(*record);
    else
      left_out.append(left_out.empty() ? "" : ",").append(wire::json::quoted(enrollment.id));
  }
  ObjectWriter out;
  out.raw("enrollments", "[" + records + "]");
  if (!left_out.empty()) out.raw("leftOut", "[" + left_out + "]");
  out.raw("next", next.empty() ? "null" : wire::json::quoted(next));
  return out.str();
}

Result<std::optional<EnrollmentKind>> kind_of(const net::HttpTarget& target) {
  const std::string* kind = target.parameter("kind");
  if (kind == nullptr) return std::optional<EnrollmentKind>();
  if (*kind == "group") return std::optional(EnrollmentKind::group);
  if (*kind == "individual") return std::optional(EnrollmentKind::individual);
  return Error(Errc::malformed, "kind is individual or group");
}

}  // namespace

// Of all enrollments the groups come first: few beside the individuals. No id has a '/' in it.
Task<net::HttpResponse> list_enrollments(const RoutesPorts& ports, const net::HttpRequest&,
                                         const net::HttpTarget& target) {
  auto known = only_knows(target, "|kind|after|limit|records|");
  if (!known) co_return error_reply(known.error());
  const auto limit = limit_of(target);
  if (!limit) co_return error_reply(limit.error());
  const auto kind = kind_of(target);
  if (!kind) co_return error_reply(kind.error());
  const std::string* from = target.parameter("after");
  std::string after = from == nullptr ? std::string() : *from;
  const bool among_groups = !*kind && (after.empty() || after.starts_with(of_groups));
  if (among_groups && !after.empty()) after.erase(0, of_groups.size());

  std::vector<Enrollment> told;
  std::string next;
  if (among_groups) {
    auto groups = co_await ports.desk.enrollments(EnrollmentKind::group, after, *limit);
    if (!groups) co_return error_reply(groups.error());
    told = std::move(*groups);
    after.clear();
    if (told.size() == *limit) next = std::string(of_groups) + told.back().id;
  }
  if (const std::size_t room = *limit - told.size(); room > 0) {
    const auto wanted = kind->value_or(EnrollmentKind::individual);
    auto page = co_await ports.desk.enrollments(wanted, after, room);
    if (!page) co_return error_reply(page.error());
    if (page->size() == room) next = page->back().id;
    for (Enrollment& enrollment : *page) told.push_back(std::move(enrollment));
  }
  const std::string* records = target.parameter("records");
  if (records != nullptr && *records == "true") co_return json_reply(records_of(told, next));
  co_return json_reply(render(told, next, ports.commissioning));
}

Task<net::HttpResponse> import_enrollments(const RoutesPorts& ports, net::HttpRequest request,
                                           const net::HttpTarget& target) {
  auto known = only_knows(target, "|group|ca|");
  if (!known) co_return error_reply(known.error());
  if (!is_enrollment_file(request))
    co_return error_reply(Error(Errc::unsupported,
                                "send Content-Type: application/json, text/csv, application/x-pem-file or "
                                "application/pkix-cert"));
  const std::string* named = target.parameter("group");
  const std::string group = named == nullptr ? std::string() : *named;
  const bool certificates = is_certificate_file(request);
  if (!certificates && !group.empty())
    co_return error_reply(Error(Errc::malformed, "group is for files of certificates"));
  const std::string* of_service = target.parameter("ca");
  const std::string ca = of_service == nullptr ? std::string() : *of_service;
  if (group.empty() && !ca.empty())
    co_return error_reply(Error(Errc::malformed, "ca is for a CA of a group: it needs group"));
  auto read = [&request, &group, certificates] { return read_import(request.body, certificates, group); };
  ReadFile file = co_await offload(ports.pool, read);
  if (file.mistakes.count() > 0) co_return mistakes_reply(file.mistakes);
  std::vector<Operator::ImportItem> items = std::move(file.items);
  for (Operator::ImportItem& item : items) {
    item.certificates_alone = certificates;
    item.ca = ca;
  }
  Actor who = co_await who_asks(request, ports.users);
  auto done = co_await ports.desk.import(std::move(items), std::move(who));
  if (!done) co_return error_reply(done.error());
  co_return json_reply(report_of(*done));
}

Task<net::HttpResponse> show_enrollment(const RoutesPorts& ports, const net::HttpRequest&,
                                        const net::HttpTarget& target) {
  auto found = co_await ports.desk.enrollment(target.path.back());
  if (!found) co_return error_reply(found.error());
  co_return json_reply(render_whole(*found, ports.commissioning));
}

Task<net::HttpResponse> remove_enrollment(const RoutesPorts& ports, const net::HttpRequest& request,
                                          const net::HttpTarget& target) {
  auto known = only_knows(target, "|kind|");
  if (!known) co_return error_reply(known.error());
  const auto kind = kind_of(target);
  if (!kind) co_return error_reply(kind.error());
  Actor who = co_await who_asks(request, ports.users);
  std::string id = target.path.back();
  auto removed = co_await ports.desk.remove_enrollment(*kind, id, std::move(who));
  if (!removed) co_return error_reply(removed.error());
  co_return json_reply(ObjectWriter().text("id", id).text("done", "removed").str());
}

}  // namespace leafgate::status
