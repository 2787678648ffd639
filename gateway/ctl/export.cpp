// The enrollments that are held, as a file that can be carried to another gateway.
#include <optional>
#include <ostream>
#include <vector>

#include "adapters/wire/json_text.hpp"
#include "gateway/ctl/verbs.hpp"
#include "gateway/ctl/whole_file.hpp"
#include "gateway/model/percent.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate::ctl {
namespace {

// As they came, number for number.
std::vector<std::string> records_of(const std::string& body) {
  constexpr wire::json::Bounds bounds{256 * 1024 * 1024, 20};
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
    std::string after;
    do {
      const Answered got = ask(session, std::string("/v1/enrollments?records=true&limit=1000&kind=") + kind +
                                            (after.empty() ? "" : "&after=" + percent_encode(after)));
      if (!got.document) return got.exit;
      after = got.document->root().text("next");
      for (const std::string& record : records_of(got.body)) put((count++ == 0 ? "[\n" : ",\n") + record);
      for (const std::string& id : got.document->root().texts("leftOut"))
        session.err << "left out: " << log::escape(id) << ", only the names of its CAs are known\n";
    } while (!after.empty());
  }
  put(count == 0 ? "[]\n" : "\n]\n");
  if (!out) return session.out.flush() ? Exit::yes : Exit::no;
  out->name();
  if (!out->trouble().empty()) {
    session.err << "leafgatectl: " << log::escape(out->trouble()) << "\n";
    return Exit::no;
  }
  if (!session.json)
    session.out << "exported " << counted(static_cast<std::int64_t>(count), "enrollment", "enrollments")
                << ", without keys\n";
  return Exit::yes;
}

}  // namespace leafgate::ctl
