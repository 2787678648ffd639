#pragma once

// The one door to toml++.
#include <stdexcept>

// toml++ 3.3 checks the first character of a name by assertion alone: "[#gateway]" would end the program, and
// be undefined without assertions. Here it becomes a mistake like any other.
namespace leafgate {
[[noreturn]] static void refuse_document() { throw std::logic_error("an assertion of toml++"); }
}  // namespace leafgate
#undef NDEBUG
#define TOML_EXCEPTIONS 1
#define TOML_ASSERT(condition) ((condition) ? void() : leafgate::refuse_document())
#include <toml++/toml.h>
