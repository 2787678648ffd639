#include <openssl/evp.h>       // bad
#include <sqlite3.h>           // bad
#include <boost/beast/http.hpp>  // bad
#include <nlohmann/json.hpp>   // bad
#include <toml++/toml.h>       // bad
#include <CLI/CLI.hpp>         // bad
#include <tss2/tss2_esys.h>    // bad
#include <mqtt/async_client.h> // bad
