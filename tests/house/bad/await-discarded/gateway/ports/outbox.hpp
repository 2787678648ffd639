struct Outbox {
  virtual Task<Result<void>> settle(int row) = 0;
};
