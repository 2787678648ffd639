#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/ports/enrollments.hpp"
#include "store/sealing_trust.hpp"
#include "store/worker.hpp"
#include "store/writer.hpp"

namespace leafgate {

// Enrollments in the table `enrollment`. A row whose `match` cannot be read is as good as absent (an empty
// one would admit everybody); it is logged.
class SqliteEnrollments : public Enrollments {
 public:
  // With `trust`, what is written is under its newest key.
  SqliteEnrollments(Writer& writer, Worker& reader, const SealingTrust* trust = nullptr)
      : writer_(writer), reader_(reader), trust_(trust) {}

  Task<Result<std::optional<Enrollment>>> individual(std::string_view registration_key) override;
  Task<Result<std::vector<Enrollment>>> groups() override;
  Task<Result<std::vector<Enrollment>>> list(EnrollmentKind kind, std::string after,
                                             std::size_t limit) override;
  Task<Result<std::string>> id_of_endorsement_key(std::string key) override;
  Task<Result<void>> import(std::vector<Enrollment> enrollments) override;
  Task<Result<bool>> remove(EnrollmentKind kind, std::string id) override;
  Task<Result<std::size_t>> count() override;

  // Somebody else has changed them.
  void changed() {
    ++changes_;
    counted_.reset();
  }

 private:
  Writer& writer_;
  Worker& reader_;
  const SealingTrust* trust_;
  // Counting reads every page of an index: the last count is kept until something may have changed it.
  std::optional<std::size_t> counted_;
  std::uint64_t changes_ = 0;
};

}  // namespace leafgate
