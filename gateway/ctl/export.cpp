// The enrollments that are held, as a file that can be carried to another gateway.
#include <optional>
#include <ostream>
#include <vector>

#include "adapters/wire/json_text.hpp"
#include "gateway/ctl/pages.hpp"
#include "gateway/ctl/whole_file.hpp"

namespace leafgate::ctl {
namespace {

// As they came, number for number.
std::vector<std::string> records_of(const std::string& body) {
  const wire::json::Bounds bounds{256 * 1024 * 1024, 20, {}};
  std::vector<std::string> out;
  const auto document = wire::json::checked(body, bounds);
  if (!document) return out;
  const auto members = wire::json::members(*document);
  const auto list = members ? wire::json::find(*members, "enrollments") : std::nullopt;
  if (!list) return out;
  const auto records = wire::json::elements(*list);
  if (records)
    for (const std::string_view record : *records) out.emplace_back(record);
  return out;
}

}  // namespace

int export_enrollments(const Session& session, const std::string& file) {
  std::optional<WholeFile> out;
  if (!file.empty() && file != "-") out.emplace(file, 0600);
  const auto put = [&](const std::string& text) {
    if (out)
      out->add(text);
    else
      session.out << text;
  };
  std::size_t count = 0;
  for (const char* kind : {"group", "individual"}) {
    std::string target = listing("/v1/enrollments");
    add_parameter(target, "records", "true");
    add_parameter(target, "kind", kind);
    const EachPage each = [&](const View& page, const std::string& body) {
      for (const std::string& record : records_of(body)) put((count++ == 0 ? "[\n" : ",\n") + record);
      for (const std::string& id : page.texts("leftOut"))
        session.err << "left out: " << visible(id) << ", only the names of its CAs are known\n";
      return true;
    };
    const int exit = walk_pages(session, target, each);
    if (exit != Exit::yes) return exit;
  }
  put(count == 0 ? "[]\n" : "\n]\n");
  if (!out) return Exit::yes;
  out->name();
  if (!out->trouble().empty()) {
    session.err << "leafgatectl: " << visible(out->trouble()) << "\n";
    return Exit::no;
  }
  if (!session.json)
    session.out << "exported " << counted(static_cast<std::int64_t>(count), "enrollment", "enrollments")
                << ", without keys\n";
  return Exit::yes;
}

}  // namespace leafgate::ctl
