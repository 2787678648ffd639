const char* state = "/ho%%me/builder/leafgate/state";  // bad
const char* build = "/wo%%rk/leafgate/build";          // bad
