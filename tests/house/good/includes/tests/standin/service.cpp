#include <CLI/CLI.hpp>
#include <boost/beast/http.hpp>
#include <nlohmann/json.hpp>

#include "tests/standin/service.hpp"
