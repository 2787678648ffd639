asio::steady_timer timer;                        // bad
boost::asio::system_timer other;                 // bad
auto a = std::chrono::system_clock::now();       // bad
auto b = steady_clock::now();                    // bad
auto c = std::time(nullptr);                     // bad
auto d = ::time(nullptr);                        // bad
int e() { return time(nullptr); }                // bad
void f() { clock_gettime(CLOCK_REALTIME, &g); }  // bad
