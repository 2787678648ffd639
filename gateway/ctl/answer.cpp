#include <cerrno>
#include <cstring>
#include <ostream>

#include "gateway/ctl/verbs.hpp"

namespace leafgate::ctl {
namespace {

std::string hint_for(Errc code) {
  if (code == Errc::refused) return "; root and members of the group leafgate may ask";
  if (code == Errc::unreachable) return "; is leafgated running? (systemctl status leafgate)";
  return {};
}

}  // namespace

Answered answer_of(const Session& session, const Result<Reply>& reply) {
  Answered out;
  if (!reply) {
    session.err << "leafgatectl: " << visible(reply.error().detail) << hint_for(reply.error().code) << "\n";
    out.exit = Exit::unreachable;
    return out;
  }
  out.body = reply->body;
  out.status = reply->status;
  auto document = Document::parse(reply->body);
  if (reply->status == 200 && document) {
    out.document = std::move(*document);
    return out;
  }
  out.exit = Exit::no;
  if (session.json) session.out << reply->body;
  const View error = document ? document->root().at("error") : View(nullptr);
  const std::string text = error.text("text");
  session.err << "leafgatectl: "
              << visible(text.empty() ? "the daemon answered HTTP " + std::to_string(reply->status) : text)
              << "\n";
  for (const std::string& mistake : error.texts("mistakes")) session.err << "  " << visible(mistake) << "\n";
  if (const auto more = error.number("more"); more > 0) session.err << "  and " << more << " more\n";
  return out;
}

bool is_span(const Session& session, std::string_view option, const std::string& text) {
  if (text.empty()) return true;
  const auto span = parse_duration(text);
  if (span) return true;
  const bool is_too_long = span.error().code == Errc::too_large;
  session.err << "leafgatectl: " << option
              << (is_too_long ? " takes at most 100 years\n"
                              : " takes a span like 30m or 30d: digits, and one of ms, s, m, h, d\n");
  return false;
}

int told_whole(const Session& session, int exit) {
  const bool was_taken_so_far = session.out.good();
  errno = 0;
  if (session.out.flush()) return exit;
  const int why = was_taken_so_far ? errno : 0;
  return refuse(session, std::string("what there is to tell cannot be written") +
                             (why == 0 ? "" : std::string(": ") + std::strerror(why)));
}

int refuse(const Session& session, const std::string& why) {
  session.err << "leafgatectl: " << visible(why) << "\n";
  return Exit::no;
}

Answered ask(const Session& session, const std::string& target) {
  return answer_of(session, session.daemon.get(target));
}

}  // namespace leafgate::ctl
