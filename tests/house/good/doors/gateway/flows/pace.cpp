Seconds time(int n);
auto a = clock.time(3);
auto b = clock->now();
auto c = LoopClock::now();
auto d = model::time(3);
std::chrono::system_clock::time_point e{};
auto f = sleep_until(at);
Task<void> sleep(Milliseconds span);
int random(int n);
Random& random() { return random_; }
