#pragma once

#include "gateway/ports/site_state.hpp"
#include "store/worker.hpp"
#include "store/writer.hpp"

namespace leafgate {

// The hours meter and the clock floor in the one row of the table `site`.
class SqliteSiteState : public SiteStateStore {
 public:
  SqliteSiteState(Writer& writer, Worker& reader) : writer_(writer), reader_(reader) {}

  Task<Result<SiteState>> load() override;
  Task<Result<void>> save(SiteState state) override;

 private:
  Writer& writer_;
  Worker& reader_;
};

}  // namespace leafgate
