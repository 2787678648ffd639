#include <ostream>

#include "gateway/ctl/verbs.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate::ctl {
namespace {

std::string hint_for(Errc code) {
  if (code == Errc::refused) return "; members of the group leafgate may ask";
  if (code == Errc::unreachable) return "; is leafgated running? (systemctl status leafgate)";
  return {};
}

}  // namespace

Answered answer_of(const Session& session, const Result<Reply>& reply) {
  Answered out;
  if (!reply) {
    session.err << "leafgatectl: " << log::escape(reply.error().detail) << hint_for(reply.error().code)
                << "\n";
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
              << log::escape(text.empty() ? "the daemon answered HTTP " + std::to_string(reply->status)
                                          : text)
              << "\n";
  for (const std::string& mistake : error.texts("mistakes"))
    session.err << "  " << log::escape(mistake) << "\n";
  return out;
}

int refuse(const Session& session, const std::string& why) {
  session.err << "leafgatectl: " << log::escape(why) << "\n";
  return Exit::no;
}

Answered ask(const Session& session, const std::string& target) {
  return answer_of(session, session.daemon.get(target));
}

}  // namespace leafgate::ctl
