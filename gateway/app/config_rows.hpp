#pragma once

#include "gateway/app/config_keys.hpp"

// How the table of keys is written (config_keys.cpp), and nobody else's.
namespace leafgate::config_rows {

using C = Config;
using Problem = std::string_view (*)(std::string_view);

// Rows by the type of their value, so that the table below reads as one.
inline ConfigKey text(std::string_view section, std::string_view name, std::string C::*member,
                      std::string_view standard, std::string_view help, Problem problem = nullptr) {
  return {.section = section,
          .name = name,
          .member = member,
          .standard = standard,
          .help = help,
          .problem = problem};
}
inline ConfigKey needed(ConfigKey key) {
  key.needed = true;
  return key;
}
inline ConfigKey live(ConfigKey key) {
  key.live = true;
  return key;
}
inline ConfigKey discreet(ConfigKey key) {
  key.discreet = true;
  return key;
}
inline ConfigKey choice(std::string_view section, std::string_view name, ConfigMember member,
                        std::string_view standard, std::string_view choices, std::string_view help) {
  return {.section = section,
          .name = name,
          .member = member,
          .standard = standard,
          .help = help,
          .choices = choices};
}
// Numbers, durations (bounds in ms) and sizes (bounds in octets).
inline ConfigKey bounded(std::string_view section, std::string_view name, ConfigMember member,
                         std::string_view standard, std::int64_t least, std::int64_t most,
                         std::string_view help) {
  return {.section = section,
          .name = name,
          .member = member,
          .standard = standard,
          .help = help,
          .least = least,
          .most = most};
}
inline ConfigKey numbers(std::string_view section, std::string_view name,
                         std::vector<std::int64_t> C::*member, std::string_view standard, std::int64_t least,
                         std::int64_t most, std::string_view help) {
  return bounded(section, name, member, standard, least, most, help);
}
inline ConfigKey names(std::string_view section, std::string_view name, std::vector<std::string> C::*member,
                       std::string_view standard, std::string_view help, Problem problem) {
  return {.section = section,
          .name = name,
          .member = member,
          .standard = standard,
          .help = help,
          .problem = problem};
}
inline ConfigKey dials(std::string_view section, std::string_view name,
                       std::map<std::string, std::string> C::*member, std::string_view help) {
  return {.section = section,
          .name = name,
          .member = member,
          .standard = "{}",
          .help = help,
          .problem = problem_of_dialled,
          .name_problem = problem_of_neighbour};
}
// Of a section in a list like [[tls.extra]]: each is needed there.
inline ConfigKey of_list(std::string_view list, std::string_view name, ConfigMember member,
                         std::string_view standard, std::string_view help, Problem problem) {
  return {.section = list,
          .name = name,
          .member = member,
          .standard = standard,
          .help = help,
          .problem = problem,
          .needed = true};
}
// Of a [[serial]]: what stands here is what it has without.
inline ConfigKey of_line(std::string_view name, ConfigMember member, std::string_view standard,
                         std::int64_t least, std::int64_t most, std::string_view help) {
  return bounded("serial", name, member, standard, least, most, help);
}
inline ConfigKey optional(ConfigKey key) {
  key.needed = false;
  return key;
}
inline ConfigKey other(std::string_view section, std::string_view name, ConfigMember member,
                       std::string_view standard, std::string_view help) {
  return {.section = section, .name = name, .member = member, .standard = standard, .help = help};
}

}  // namespace leafgate::config_rows
