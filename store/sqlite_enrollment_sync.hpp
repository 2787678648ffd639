#pragma once

#include <optional>
#include <vector>

#include "gateway/ports/enrollment_sync.hpp"
#include "store/sealing_trust.hpp"
#include "store/sqlite_enrollments.hpp"
#include "store/sync_rows.hpp"
#include "store/worker.hpp"
#include "store/writer.hpp"

namespace leafgate {

// What is staged are rows of the table `enrollment` under a generation that imports never reach, so that they
// go on beside it; what the list no longer has is staged as a row that says so. What was merged with an
// enrollment that is another by now is merged again before the switch, which looks whether anything was
// changed since and is one small transaction.
class SqliteEnrollmentSync : public EnrollmentSync {
 public:
  // What goes through everything is asked of `upkeep`: leaves wait for the reader.
  SqliteEnrollmentSync(Writer& writer, Worker& reader, Worker& upkeep, SqliteEnrollments& enrollments,
                       const SealingTrust* trust = nullptr)
      : writer_(writer), reader_(reader), upkeep_(upkeep), enrollments_(enrollments), trust_(trust) {}

  Task<Result<SyncStanding>> standing() override;
  Task<Result<void>> begin(std::string scope) override;
  Task<Result<void>> stage(SyncPage page) override;
  Task<Result<std::uint64_t>> missing() override;
  Task<Result<void>> read_again() override;
  Task<Result<SyncCounts>> finish(WallTime at) override;
  Task<Result<std::vector<Keyless>>> keyless(KeylessPlace from, std::size_t limit) override;
  Task<Result<std::size_t>> keyless_count() override;
  Task<Result<std::size_t>> put_keys(std::vector<FetchedKeys> keys) override;

 private:
  // What has to be done before the switch, and what was looked at to find that out.
  struct Look {
    std::int64_t looked_at = 0;
    std::uint64_t staged = 0;   // rows of the list
    std::uint64_t removed = 0;  // that will be gone
    std::vector<sync_rows::Pair> to_do;
  };

  Task<Result<void>> know_state();
  Task<Result<void>> know_read_list();
  Task<Result<std::vector<Enrollment>>> those_that_differ(std::vector<Enrollment> listed);
  Task<Result<void>> stage_all(const std::vector<Enrollment>& listed);
  Task<Result<void>> write_place();
  class ListedIds;
  static void judge(sync_rows::Pair pair, const ListedIds& listed, bool may_remove, Look& out);
  Task<Result<Look>> look();
  Task<Result<void>> do_again(const std::vector<sync_rows::Pair>& to_do);
  Task<Result<bool>> switch_to(const Look& look, WallTime at);

  Writer& writer_;
  Worker& reader_;
  Worker& upkeep_;
  SqliteEnrollments& enrollments_;
  const SealingTrust* trust_;
  // As in the store, but for places and ids of pages that changed nothing: those are written a few at once.
  std::optional<sync_rows::State> state_;
  std::vector<sync_rows::Seen> unwritten_;
};

}  // namespace leafgate
