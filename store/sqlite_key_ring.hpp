#pragma once

#include <memory>
#include <vector>

#include "gateway/ports/key_ring.hpp"
#include "store/key_file.hpp"
#include "store/reseal.hpp"
#include "store/sealing_start.hpp"
#include "store/sealing_trust.hpp"
#include "store/worker.hpp"
#include "store/writer.hpp"

namespace leafgate {

// The ring in the table `sealing_key`, and the key file. What is open is in the SealingTrust.
class SqliteKeyRing : public KeyRing {
 public:
  SqliteKeyRing(Writer& writer, Worker& reader, Worker& upkeep, SealingTrust& trust, KeyFile file,
                SealingStart start);

  [[nodiscard]] const std::vector<RingKey>& keys() const override { return keys_; }
  Result<void> open(std::int64_t id, const crypto::Secret& key) override;
  [[nodiscard]] Result<std::int64_t> find(const crypto::Secret& key) const override;
  Result<crypto::Secret> take_out(std::int64_t id) override;
  Task<Result<std::int64_t>> add(TpmObject sealed, Bytes recovery, crypto::Secret key) override;
  Task<Result<void>> replace(std::int64_t id, TpmObject sealed, Bytes recovery) override;
  Task<Result<void>> reseal() override;
  [[nodiscard]] ResealProgress progress() const override;
  Task<Result<void>> remove_file() override;
  Task<Result<std::optional<TpmBelonging>>> belonging() override;
  Task<Result<std::optional<std::int64_t>>> restored() override;
  Task<Result<void>> set_belonging(TpmBelonging belonging) override;

 private:
  void take(std::vector<sealing_rows::Key> rows);
  Task<Result<void>> load();
  [[nodiscard]] bool is_needed_in_file() const;

  Writer& writer_;
  Worker& reader_;
  Worker& upkeep_;
  SealingTrust& trust_;
  KeyFile file_;
  std::vector<sealing_rows::Key> rows_;
  std::vector<RingKey> keys_;
  std::int64_t in_file_ = 0;  // 0: there is no file
  bool wanted_;
  bool clear_;
  std::shared_ptr<ResealCounts> counts_ = std::make_shared<ResealCounts>();
};

}  // namespace leafgate
