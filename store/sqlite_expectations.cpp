#include "store/sqlite_expectations.hpp"

#include "gateway/model/ids.hpp"

namespace leafgate {
namespace {

Result<std::vector<ExpectedLeaf>> read_all(Connection& connection) {
  Query query(connection, "SELECT id, label, place, line, note FROM expected_leaf ORDER BY key");
  std::vector<ExpectedLeaf> out;
  while (true) {
    const auto row = query.step();
    if (!row) return row.error();
    if (!*row) return out;
    out.push_back({query.text(0), query.text(1), query.text(2), query.text(3), query.text(4)});
  }
}

Result<void> insert(Connection& connection, const ExpectedLeaf& leaf) {
  const std::string key = ascii_lower(leaf.registration_id);
  Query query(connection, "INSERT INTO expected_leaf VALUES(?1, ?2, ?3, ?4, ?5, ?6)");
  query.text(1, key).text(2, leaf.registration_id).text(3, leaf.label);
  query.text(4, leaf.place).text(5, leaf.line).text(6, leaf.note);
  return query.run();
}

}  // namespace

Task<Result<std::vector<ExpectedLeaf>>> SqliteExpectations::load() {
  co_return co_await reader_.ask(read_all);
}

Task<Result<void>> SqliteExpectations::replace(std::vector<ExpectedLeaf> leaves) {
  auto write = [&](Connection& connection) -> Result<void> {
    if (auto gone = connection.execute("DELETE FROM expected_leaf"); !gone) return gone.error();
    for (const ExpectedLeaf& leaf : leaves)
      if (auto put = insert(connection, leaf); !put) return put.error();
    return {};
  };
  co_return co_await writer_.write(write);
}

}  // namespace leafgate
