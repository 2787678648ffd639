Task<void> pump(Socket& socket) {
  char scratch[16384];                       // bad
  std::array<char, 4>* rows[3] = {};         // bad
  if (socket.open()) {
    const unsigned char head[5] = {1, 2};    // bad
    std::vector<int> lists[2];               // bad
  }
  co_await socket.read(scratch);
}
