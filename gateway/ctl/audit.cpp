#include <optional>
#include <ostream>

#include "gateway/ctl/pages.hpp"
#include "gateway/ctl/whole_file.hpp"

namespace leafgate::ctl {
namespace {

// "7d": so long ago; else a time as the daemon writes it.
Result<std::string> since_text(const Session& session, const std::string& since) {
  if (since.empty()) return std::string();
  if (const auto span = parse_duration(since)) return to_rfc3339(session.now - *span);
  if (parse_time(since)) return since;
  return Error(Errc::malformed, "--since takes a span like 7d or a time like 2026-03-01T00:00:00Z");
}

}  // namespace

std::string audit_text(const View& entry, const Paint& paint, WallTime now) {
  const std::string user =
      entry.text("user").empty() ? "uid " + std::to_string(entry.number("uid")) : entry.text("user");
  const std::string at = entry.text("at").substr(0, 19) + "Z";
  constexpr std::size_t before = 34;
  std::string what = paragraph(entry.text("what") + " " + with_label(entry, entry.text("object")), before);
  what.pop_back();
  std::string out = cell(at, 20) + " " + padded(user, 12) + " " + paint.bold(what.substr(before)) + "\n";
  std::string more = entry.text("outcome") + "; pid " + std::to_string(entry.number("pid")) + ", " +
                     ago(entry.text("at"), now);
  if (entry.text("clock") == "unsynced") more += " by a clock that is not trusted";
  if (entry.has("because")) more += "; because: " + entry.text("because");
  return out + paragraph(more, 21);
}

int show_audit(const Session& session, const AuditQuestion& question) {
  const auto since = since_text(session, question.since);
  if (!since) {
    session.err << "leafgatectl: " << visible(since.error().detail) << "\n";
    return Exit::usage;
  }
  const bool json = session.json || question.file == "-";
  std::optional<WholeFile> file;
  if (!question.file.empty() && question.file != "-")
    file.emplace(question.file, 0600);  // who did what is not for everybody
  std::int64_t shown = 0;
  const EachPage each = [&](const View& page, const std::string& body) {
    if (file) file->add(body);
    if (json && !file) session.out << body;
    if (!json && !file && shown == 0 && page.number("removed") > 0)
      session.out << page.number("removed") << " older entries were removed: " << page.number("kept")
                  << " are kept\n";
    for (const View& entry : page.list("entries")) {
      ++shown;
      if (!json && !file) session.out << audit_text(entry, session.paint, session.now);
    }
    return true;
  };
  std::string target = listing("/v1/audit");
  add_parameter(target, "since", *since);
  const int exit = walk_pages(session, target, each);
  if (exit != Exit::yes) return exit;
  if (file) file->name();
  if (file && !file->trouble().empty()) {
    session.err << "leafgatectl: " << visible(file->trouble()) << "\n";
    return Exit::no;
  }
  if (file) session.out << "wrote " << counted(shown, "entry", "entries") << "\n";
  if (!file && !json && shown == 0) session.out << "nobody has changed anything\n";
  return Exit::yes;
}

}  // namespace leafgate::ctl
