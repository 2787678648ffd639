// Whether the gateway can do its work: what the daemon tries, told line by line.
#include <algorithm>
#include <ostream>

#include "adapters/wire/json_text.hpp"
#include "gateway/ctl/handover.hpp"

namespace leafgate::ctl {
namespace {

constexpr std::size_t check_width = 15;

std::string word(const std::string& health, const Paint& paint) {
  if (health == "ok") return paint.good("OK  ");
  return health == "warn" ? paint.warn("WARN") : paint.bad("FAIL");
}

// The daemon that does not answer is the finding.
int tell_unreachable(const Session& session, const Error& error) {
  const std::string what = "it does not answer: " + error.detail;
  const std::string why = "no leaf is served";
  const std::string next =
      "systemctl status leafgate; journalctl -u leafgate -n 50; leafgated --check-config; "
      "leafgatectl check --firewall tells who holds its ports";
  if (session.json) {
    const std::string finding = wire::json::ObjectWriter()
                                    .text("check", "daemon")
                                    .text("health", "fail")
                                    .text("what", what)
                                    .text("why", why)
                                    .text("nextAction", next)
                                    .str();
    session.out
        << wire::json::ObjectWriter().text("health", "fail").raw("findings", "[" + finding + "]").str()
        << "\n";
    return Exit::unreachable;
  }
  session.out << word("fail", session.paint) << " " << padded("daemon", check_width)
              << paragraph(what, check_width + 5).substr(check_width + 5);
  session.out << paragraph("why:  " + why, check_width + 5) << paragraph("next: " + next, check_width + 5);
  return Exit::unreachable;
}

}  // namespace

std::string finding_text(const View& finding, const Paint& paint) {
  const std::string check = finding.text("check");
  const std::string text = paragraph(finding.text("what"), check_width + 5);
  std::string out = word(finding.text("health"), paint) + " ";
  if (check.size() > check_width)  // a code, which is looked up as it is
    out += visible(check) + "\n" + text;
  else
    out += padded(check, check_width) + text.substr(std::min(check_width + 5, text.size()));
  if (finding.has("why")) out += paragraph("why:  " + finding.text("why"), check_width + 5);
  if (finding.has("nextAction")) out += paragraph("next: " + finding.text("nextAction"), check_width + 5);
  return out;
}

int run_check(const Session& session, const CheckQuestion& question) {
  if (question.firewall) return show_firewall(session, question);
  Question asked;
  asked.method = "POST";
  asked.target = "/v1/check";
  if (session.on_terminal && !session.json) session.err << "trying it, some seconds...\r" << std::flush;
  const auto reply = session.daemon.ask(asked);
  if (session.on_terminal && !session.json) session.err << std::string(30, ' ') << "\r";
  if (!reply && reply.error().code == Errc::unreachable) return tell_unreachable(session, reply.error());
  const Answered got = answer_of(session, reply);
  if (!got.document) return got.exit;
  const View told = got.document->root();
  const bool well = told.text("health") == "ok";
  if (session.json) {
    session.out << got.body;
    return well ? Exit::yes : Exit::no;
  }
  std::int64_t warned = 0;
  std::int64_t failed = 0;
  for (const View& finding : told.list("findings")) {
    warned += finding.text("health") == "warn" ? 1 : 0;
    failed += finding.text("health") == "fail" ? 1 : 0;
    session.out << finding_text(finding, session.paint);
  }
  if (well)
    session.out << session.paint.good("all is well") << "\n";
  else
    session.out << session.paint.bold(std::to_string(failed) + " failed, " +
                                      counted(warned, "warning", "warnings"))
                << "\n";
  return well ? Exit::yes : Exit::no;
}

}  // namespace leafgate::ctl
