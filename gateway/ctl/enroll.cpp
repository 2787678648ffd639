#include <optional>
#include <ostream>

#include "gateway/crypto/x509_file.hpp"
#include "gateway/ctl/pages.hpp"
#include "gateway/ctl/progress.hpp"
#include "gateway/ctl/text_file.hpp"
#include "gateway/ctl/verbs.hpp"
#include "gateway/model/percent.hpp"

namespace leafgate::ctl {
int import_enrollments(const Session& session, const std::string& file, const std::string& group,
                       const std::string& ca) {
  const auto text = read_text(file);
  if (!text) {
    session.err << "leafgatectl: " << visible(file) << " cannot be read\n";
    return Exit::no;
  }
  Question question;
  question.method = "POST";
  question.target = "/v1/enrollments";
  question.body = *text;
  question.content_type = looks_like_json(*text) ? "application/json" : "text/csv";
  if (crypto::looks_like_certificates(as_bytes(*text)) && !looks_like_json(*text))
    question.content_type = "application/x-pem-file";
  if (!group.empty()) question.target += "?group=" + percent_encode(group);
  if (!ca.empty()) question.target += "&ca=" + percent_encode(ca);
  question.because = session.because;
  Progress progress(session);
  const std::string what = "importing " + std::to_string((text->size() + 1023) / 1024) + " KiB, ";
  question.on_wait = [&](Millis so_far) {
    (void)progress.tell(what + std::to_string(so_far.count() / 1000) + " s");
  };
  const auto reply = session.daemon.ask(question);
  progress.end();
  const Answered got = answer_of(session, reply);
  if (!got.document) return got.exit;
  if (session.json) {
    session.out << got.body;
    return Exit::yes;
  }
  session.out << "imported " << counted(got.document->root().number("imported"), "enrollment", "enrollments")
              << "\n";
  for (const std::string& note : got.document->root().texts("notes"))
    session.out << "  " << visible(note) << "\n";
  return Exit::yes;
}

Table enrollments_table(const std::vector<View>& first, std::size_t room) {
  const auto row = [](const View& enrollment) {
    std::string match;
    for (const std::string& pattern : enrollment.texts("match"))
      match.append(match.empty() ? "" : " ").append(pattern);
    return std::vector<Cell>{{enrollment.text("kind")},
                             {enrollment.text("id"), enrollment.text("label")},
                             {enrollment.text("mechanism")},
                             {enrollment.flag("enabled") ? "yes" : "no"},
                             {enrollment.flag("keyHeld") ? "held" : "-"},
                             {enrollment.flag("bridge") ? "yes" : "-"},
                             {match}};
  };
  return {{{"KIND", 10},
           {"ID", least_id, Cut::middle},
           {"MECHANISM", 12},
           {"ON", 3},
           {"KEY", 4},
           {"BRIDGE", 6},
           {"MATCH", 5, Cut::end, 11}},
          row,
          first,
          room};
}

std::string enrollment_text(const View& enrollment, const Paint& paint) {
  const auto held = [&](std::string_view name) {
    return enrollment.flag(name) ? std::string("held") : std::string("not held");
  };
  std::string out =
      paint.bold(
          cell(enrollment.text("kind") + " " + with_label(enrollment, enrollment.text("id")), columns)) +
      "\n";
  out += "  mechanism      " + cell(enrollment.text("mechanism"), 60) + "\n";
  out += "  enabled        " + std::string(enrollment.flag("enabled") ? "yes" : paint.warn("no")) + "\n";
  out += "  primary key    " + held("primaryKeyHeld") + "\n";
  out += "  secondary key  " + held("secondaryKeyHeld") + "\n";
  for (const std::string& pattern : enrollment.texts("match"))
    out += "  match          " + cell(pattern, 60) + "\n";
  if (const std::string host = enrollment.text("gatewayHostName"); !host.empty())
    out += "  gateway host   " + cell(host, 60) + "\n";
  if (enrollment.flag("bridge")) out += "  bridge         may ask for hub tokens of its leaves\n";
  out += "  etag           " + cell(enrollment.text("etag"), 60) + "\n";
  for (const char* name : {"iotHubHostName", "allocationPolicy", "lastUpdatedDateTimeUtc"})
    if (const std::string text = enrollment.at("record").text(name); !text.empty())
      out += "  " + std::string(name) + "  " + cell(text, 50) + "\n";
  return out;
}

int show_enrollment(const Session& session, const std::string& id) {
  const Answered got = ask(session, "/v1/enrollments/" + percent_encode(id));
  if (!got.document) return got.exit;
  if (session.json) {
    session.out << got.body;
    return Exit::yes;
  }
  for (const View& enrollment : got.document->root().list("enrollments"))
    session.out << enrollment_text(enrollment, session.paint);
  return Exit::yes;
}

int list_enrollments(const Session& session) {
  std::optional<Table> table;
  const EachPage each = [&](const View& page, const std::string& body) {
    if (session.json) {
      session.out << body;
      return true;
    }
    const auto enrollments = page.list("enrollments");
    if (!table && !enrollments.empty()) {
      table.emplace(enrollments_table(enrollments, session.wide));
      session.out << table->head(session.paint);
    }
    for (const View& enrollment : enrollments) session.out << table->line(enrollment, session.paint);
    return true;
  };
  const int exit = walk_pages(session, listing("/v1/enrollments"), each);
  if (exit != Exit::yes) return exit;
  if (!session.json && !table) session.out << "no enrollments; leafgatectl enroll import FILE\n";
  return Exit::yes;
}

}  // namespace leafgate::ctl
