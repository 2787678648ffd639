#pragma once

#include <string>
#include <vector>

#include "gateway/flows/census.hpp"
#include "tests/fakes/site.hpp"

namespace leafgate {

// What is foretold of a leaf that the store of this site knows, beside its flows as they are now.
inline Decision foretold(Site& site, const std::string& key, Millis span = Millis(0)) {
  struct NoMonitor : StoreMonitor {
    [[nodiscard]] StoreHealth health() const override { return {}; }
  } store;
  Site::Running& running = *site.running;
  const Census census(site.simulator.executor(),
                      CensusPorts{site.enrollments, site.registrations, store, running.ledger, site.trust,
                                  site.clock, running.meter, running.forwarder, running.admission.policy(),
                                  running.admission.doubt(), &running.gatekeeper});
  std::vector<Enrollment> groups;
  for (const auto& [id, group] : site.enrollments.group_rows) groups.push_back(group);
  const auto own = site.enrollments.individuals.find(key);
  const Enrollment* individual = own == site.enrollments.individuals.end() ? nullptr : &own->second;
  return census.without_uplink_for(span, site.registrations.records.at(key), individual, groups);
}

}  // namespace leafgate
