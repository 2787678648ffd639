void wait() {
  std::this_thread::sleep_for(1s);        // bad
  std::this_thread::sleep_until(later);   // bad
  usleep(10);                             // bad
  ::sleep(1);                             // bad
}
