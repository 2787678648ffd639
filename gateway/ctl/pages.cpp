#include "gateway/ctl/pages.hpp"

#include "gateway/model/percent.hpp"

namespace leafgate::ctl {

std::string listing(std::string_view path) { return std::string(path) + "?limit=1000"; }

void add_parameter(std::string& target, std::string_view name, std::string_view value) {
  if (!value.empty()) target.append("&").append(name).append("=").append(percent_encode(value));
}

Result<Reply> walk_pages(const Daemon& daemon, const std::string& target, std::string after,
                         const EachPage& each) {
  while (true) {
    std::string page_target = target;
    add_parameter(page_target, "after", after);
    auto reply = daemon.get(std::move(page_target));
    if (!reply || reply->status != 200) return reply;
    const auto document = Document::parse(reply->body);
    if (!document) return document.error();
    std::string next = document->root().text("next");
    const bool wanted = each(document->root(), reply->body);
    // A page that is said to follow itself would be asked for without an end.
    if (!wanted || next.empty() || next == after) return reply;
    after = std::move(next);
  }
}

int walk_pages(const Session& session, const std::string& target, const EachPage& each) {
  return answer_of(session, walk_pages(session.daemon, target, {}, each)).exit;
}

}  // namespace leafgate::ctl
