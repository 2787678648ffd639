#include "gateway/app/config_keys.hpp"

namespace leafgate {
namespace {

constexpr std::string_view preamble =
    "# leafgate: the provisioning gateway of a site.\n"
    "# Every key stands here with its default. Durations carry a unit (ms, s, m, h, d), sizes too (B, KiB, "
    "MiB).\n"
    "# Files in leafgate.d/*.toml beside this one are read after it, in order of name; the later wins.\n"
    "# What is marked with * takes effect on reload (systemctl reload leafgate), the rest on restart.\n"
    "# `leafgated --check-config` tells every mistake of the text at once, then whether the files it "
    "names, lines and broker go.\n";

}  // namespace

std::string config_document(bool active) {
  std::string out(preamble);
  std::string_view section;
  for (const ConfigKey& key : config_keys()) {
    const bool in_list = is_config_list(key.section);
    if (in_list && active) continue;  // by default there is none in it
    if (key.section != section) {
      section = key.section;
      const bool standing = active || !is_config_section_off(section);
      out.append(in_list ? "\n#[[" : standing ? "\n[" : "\n#[");
      out.append(section).append(in_list ? "]]" : "]");
      out.append(is_config_section_off(section) ? "  # off until this line stands\n" : "\n");
    }
    const bool to_be_filled_in = key.needed && key.standard == R"("")";
    if (!active && !to_be_filled_in) out += '#';
    out.append(key.name).append(" = ").append(key.standard);
    out.append(key.live ? "  # * " : "  # ").append(key.help).append("\n");
  }
  return out;
}

}  // namespace leafgate
