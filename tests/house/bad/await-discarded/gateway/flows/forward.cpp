Task<Result<int>> fetch(int n);
struct Link {
  Task<Result<void>> open();
  leafgate::Task<boost::system::error_code> close_now(int how);
};
Task<Result<std::vector<int>>> Store::rows() { co_return 1; }
Task<void> flow(Link& link, Store* store) {
  co_await fetch(1);          // bad
  co_await link.open();       // bad
  if (store) co_await store->rows();  // bad
  {
    co_await link.close_now(2);  // bad
  }
}
