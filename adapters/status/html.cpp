#include "adapters/status/html.hpp"

#include "gateway/model/utf8.hpp"

namespace leafgate::status {
namespace {

std::string_view reference(std::uint32_t point) {
  switch (point) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

}  // namespace

std::string html_escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 16);
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint here = code_point_at(text, at);
    if (here.octets == 0) {
      out += named_octet(text[at]);
      ++at;
      continue;
    }
    if (const std::string_view known = reference(here.value); !known.empty()) {
      out += known;
    } else if (is_unseen(here.value)) {
      out += named_point(here.value);
    } else {
      out += text.substr(at, here.octets);
    }
    at += here.octets;
  }
  return out;
}

std::string grouped(std::uint64_t value) {
  std::string out = std::to_string(value);
  for (std::size_t at = out.size(); at > 3;) {
    at -= 3;
    out.insert(at, 1, ',');
  }
  return out;
}

Html& Html::number(std::uint64_t value) { return raw(grouped(value)); }

Html& Html::cell(std::string_view any, std::string_view kind) {
  raw("<td");
  if (!kind.empty()) raw(" class=").raw(kind);
  return raw(">").text(any).raw("</td>");
}

Html& Html::number_cell(std::uint64_t value) { return raw("<td class=num>").number(value).raw("</td>"); }

Html& Html::state(std::string_view kind, std::string_view word) {
  return raw("<span class=\"s ").raw(kind).raw("\">").text(word).raw("</span>");
}

void begin_table(Html& html, std::string_view caption, std::string_view columns, std::string_view id) {
  html.raw("<div class=scroll tabindex=0 role=region aria-label=\"").text(caption).raw("\"><table");
  if (!id.empty()) html.raw(" id=").raw(id);
  html.raw("><caption>").text(caption).raw("</caption><thead><tr>");
  while (!columns.empty()) {
    columns.remove_prefix(1);  // '|'
    std::string_view name = columns.substr(0, columns.find('|'));
    columns.remove_prefix(name.size());
    const bool number = name.starts_with('#');
    if (number) name.remove_prefix(1);
    html.raw(number ? "<th scope=col class=num>" : "<th scope=col>").text(name).raw("</th>");
  }
  html.raw("</tr></thead><tbody>\n");
}

void end_table(Html& html) { html.raw("</tbody></table></div>\n"); }

}  // namespace leafgate::status
