// What is said about a command line that is not understood.
#include <algorithm>
#include <numeric>

#include "gateway/ctl/declare.hpp"

namespace leafgate::ctl {
namespace {

constexpr std::size_t most_slips = 2;  // of fingers, in a word

// Letters to be put in, left out or exchanged, or two that changed places, to make one of the other (optimal
// string alignment).
std::size_t slips_between(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> rows(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  std::iota(rows[0].begin(), rows[0].end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    rows[i][0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t same = rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U);
      rows[i][j] = std::min({rows[i - 1][j] + 1, rows[i][j - 1] + 1, same});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        rows[i][j] = std::min(rows[i][j], rows[i - 2][j - 2] + 1);
    }
  }
  return rows[a.size()][b.size()];
}

std::vector<std::string> verbs_of(const CLI::App& app) {
  std::vector<std::string> out;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; }))
    out.push_back(verb->get_name());
  return out;
}

// What the log and the documents call it; empty where that is no name of anything.
std::string verb_for(std::string_view name) {
  for (const auto& [other, verb] : {std::pair{"outbox", "queue"}, std::pair{"leaves", "devices"}})
    if (name == other) return verb;
  return {};
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words)
    out += (out.empty() ? "" : &word == &words.back() ? " or " : ", ") + word;
  return out;
}

// Half-typed, or mistyped: all that are as near as the nearest. Empty: none is.
std::string meant_by(const std::string& word, const std::vector<std::string>& verbs) {
  std::vector<std::string> nearest;
  std::size_t least = std::min(most_slips, word.size() / 2);
  for (const std::string& verb : verbs) {
    const std::size_t slips = verb.starts_with(word) ? 0 : slips_between(word, verb);
    if (slips > least) continue;
    if (slips < least) nearest.clear();
    least = slips;
    nearest.push_back(verb);
  }
  return joined(nearest);
}

}  // namespace

std::string usage_text(const CLI::App& root, const std::string& error) {
  const CLI::App* app = &root;
  std::string command = root.get_name();
  while (!app->get_subcommands().empty()) {
    app = app->get_subcommands().front();
    command += " " + app->get_name();
  }
  const std::vector<std::string> verbs = verbs_of(*app);
  std::vector<std::string> unread = app->remaining();
  if (unread.empty()) unread = root.remaining();
  const bool misses_a_verb = !verbs.empty() && (!unread.empty() || app->get_require_subcommand_min() > 0);
  std::string said = error;
  // Not where an option misses its value, say.
  const bool is_about_verbs = error.find("subcommand") != std::string::npos;
  if (misses_a_verb && unread.empty() && is_about_verbs)
    said = app == &root ? "say what to do; leafgatectl status is a good begin"
                        : "say what to do: " + command + " " + joined(verbs);
  if (misses_a_verb && !unread.empty() && !unread.front().starts_with('-')) {
    std::string meant = app == &root ? verb_for(unread.front()) : std::string();
    if (meant.empty()) meant = meant_by(unread.front(), verbs);
    said = "there is no " + command + " " + visible(unread.front());
    if (!meant.empty())
      said += "; is it " + meant + "?";
    else if (app != &root)
      said += "; there is " + joined(verbs);
  }
  return "leafgatectl: " + visible(said) + "\n" + command + " --help tells more\n";
}

}  // namespace leafgate::ctl
