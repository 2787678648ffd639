#pragma once

#include <gtest/gtest.h>

#include "tests/unit/flows/sync_site.hpp"

namespace leafgate {

struct SyncTest : testing::Test, SyncSite {
  void fill() {
    list.put("Line", "g1", EnrollmentKind::group);
    for (const char* id : {"a", "b", "c", "d", "e"}) list.put(id, "1");
  }
};

}  // namespace leafgate
