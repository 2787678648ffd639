#pragma once

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/crypto/digest.hpp"
#include "store/migrations.hpp"
#include "store/store.hpp"
#include "tests/fakes/run_task.hpp"
#include "tests/fakes/temporary_folder.hpp"
#include "tests/unit/store/examples.hpp"

namespace leafgate {

// A state folder and the secrets that were put into it.
class SealingSite : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  example::CountingRandom random_;
  std::vector<std::string> secrets_;

  std::string path(const std::string& name) const { return folder_.path() + "/" + name; }
  bool there(const std::string& name) const { return std::filesystem::exists(path(name)); }

  Result<std::unique_ptr<Store>> open(std::int64_t reserve = 4096) {
    StoreOptions options;
    options.path = folder_.path();
    options.reserve = reserve;
    return Store::open(std::move(options), random_);
  }
  Connection connect() {
    return Connection::open(path("leafgate.db"), Connection::Access::read_write).value();
  }
  std::string ask(const std::string& sql) { return connect().ask(sql).value(); }

  // A secret that is searched for later.
  std::string secret(int number) {
    const std::string seed = "secret " + std::to_string(number);
    const auto digest = crypto::sha256(as_bytes(seed));
    secrets_.push_back(std::string(as_text(digest)));
    return secrets_.back();
  }
  // As it stood in the store before there was sealing.
  static std::string in_clear(const std::string& secret, const std::string& row) {
    const auto digest = crypto::sha256(as_bytes(row));
    return '\x01' + std::string(as_text(digest).substr(0, 8)) + secret;
  }
  // A database of before there was sealing, with `leaves` individual keys; as many again were removed from
  // it.
  void make_old_database(int leaves) {
    const std::string database = path("leafgate.db");
    std::ofstream(database).close();
    auto connection = connect();
    ASSERT_TRUE(migrate(connection, database, embedded_migrations().first(4)));
    ASSERT_TRUE(connection.execute("PRAGMA secure_delete=OFF"));
    const std::string store_secret = secret(-1);
    Query site(connection, "INSERT INTO site VALUES(1, 0, 0, 1, 0, ?1)");
    ASSERT_TRUE(site.blob(1, store_secret).run());
    ASSERT_TRUE(connection.execute("BEGIN"));
    for (int leaf = 0; leaf < 2 * leaves; ++leaf) {
      const std::string id = "leaf-" + std::to_string(leaf);
      const std::string key = in_clear(secret(leaf), "individual " + id);
      Query row(connection,
                "INSERT INTO enrollment(kind, id, generation, mechanism, enabled, etag, primary_key, match, "
                "record) VALUES(0, ?1, 1, 'symmetricKey', 1, 'e', ?2, x'0100', '{}')");
      ASSERT_TRUE(row.text(1, id).blob(2, key).run());
    }
    ASSERT_TRUE(connection.execute("COMMIT"));
    ASSERT_TRUE(connection.checkpoint(true));
    Query removed(connection, "DELETE FROM enrollment WHERE rowid>?1");
    ASSERT_TRUE(removed.integer(1, leaves).run());
  }

  // The first secret that some file of the folder has in clear, and where. One pass over each file for all of
  // them: there are many, and the reserve is large.
  std::string found_in_clear() {
    std::unordered_map<std::uint64_t, std::size_t> by_head;
    for (std::size_t i = 0; i < secrets_.size(); ++i) by_head[head_at(secrets_[i], 0)] = i;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string content((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
      for (std::size_t at = 0; at + sizeof(std::uint64_t) <= content.size(); ++at) {
        const std::uint64_t head = head_at(content, at);
        if (head == 0) continue;  // most of what files have
        const auto found = by_head.find(head);
        if (found != by_head.end() &&
            content.compare(at, secrets_[found->second].size(), secrets_[found->second]) == 0)
          return "secret " + std::to_string(found->second) + " in " + entry.path().filename().string();
      }
    }
    return "";
  }
  static std::uint64_t head_at(const std::string& text, std::size_t at) {
    std::uint64_t head = 0;
    std::memcpy(&head, text.data() + at, sizeof head);
    return head;
  }
  // Of leaf n; empty when it does not open.
  std::string key_of(Store& store, int leaf) {
    const std::string id = "leaf-" + std::to_string(leaf);
    const auto enrollment = run_task(store.enrollments().individual(id)).value();
    if (!enrollment || !enrollment->primary_key) return "";
    const auto key = store.trust().unseal(*enrollment->primary_key, "individual " + id);
    return key ? std::string(as_text(key->view())) : "";
  }
};

}  // namespace leafgate
