#pragma once

#include <gtest/gtest.h>

#include "gateway/flows/events.hpp"
#include "gateway/flows/sync_desk.hpp"
#include "tests/fakes/fake_audit_log.hpp"
#include "tests/unit/flows/sync_site.hpp"

namespace leafgate {

struct SyncTest : testing::Test, SyncSite {
  FakeAuditLog audit_log;
  Events events;

  // As the engineer hears it.
  std::string missing() {
    SyncDesk desk(site.simulator.executor(), sync(), site.running->ledger,
                  Audited(audit_log, site.clock, events));
    const SyncReport report = site.simulator.run(desk.sync_report());
    std::string out;
    for (const MissingCas& one : report.missing_cas) {
      out += one.group + " ";
      for (const std::string& name : one.missing) out += name + " ";
    }
    return out;
  }
  void fill() {
    list.put("Line", "g1", EnrollmentKind::group);
    for (const char* id : {"a", "b", "c", "d", "e"}) list.put(id, "1");
  }
};

}  // namespace leafgate
