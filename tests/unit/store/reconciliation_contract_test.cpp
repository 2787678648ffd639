// What is promised by the outbox, and what becomes of it, in the transactions of the outbox itself.
#include "tests/unit/store/sites.hpp"

namespace leafgate::reconciliation_contract_test {
namespace {

using namespace example;

template <class Site>
class ReconciliationContract : public ::testing::Test {
 public:  // tables of cases use it from outside
  Site site_;
  Reconciliations& it() { return site_.reconciliations(); }

  void enqueue(const std::string& leaf, Reason reason = Reason::queued_offline) {
    OutboxRow row = outbox_row(leaf, "5.00." + leaf);
    row.reason = reason;
    ASSERT_TRUE(run_task(site_.registrations().enqueue(row, notes(1))));
  }
  void promise(const std::string& leaf, const std::string& hub) {
    OutboxRow row = outbox_row(leaf, "5.00." + leaf);
    row.reason = Reason::provisional_assignment;
    Registration told = registration(leaf);
    told.outcome.reset();
    told.assignment->assigned_hub = hub;
    told.assignment->provisional = true;
    const Receipt word = *receipt(Ruling::provisional);
    const auto kept = run_task(site_.registrations().promise(row, told, notes(1), word));
    ASSERT_TRUE(kept);
    EXPECT_GT(kept->sequence, 0);
    EXPECT_GT(kept->receipt, 0);
  }
  // By `operation`, or by no operation of an outbox row.
  void settle(const std::string& leaf, const std::string& hub, Ruling ruling = Ruling::assigned,
              const std::string& operation_id = {}, const std::string& device_id = {}) {
    Registration told = registration(leaf);
    told.assignment->assigned_hub = hub;
    told.assignment->provisional = false;
    if (!device_id.empty()) told.assignment->device_id = device_id;
    if (ruling == Ruling::refused) told.assignment.reset();
    const std::string by = operation_id.empty() ? "5.00." + leaf : operation_id;
    ASSERT_TRUE(run_task(site_.registrations().settle(told, operation(by), notes(2), receipt(ruling))));
  }
  Promise of(const std::string& leaf) { return run_task(it().find(leaf)).value().value(); }
  bool is_there(const std::string& leaf) { return run_task(it().find(leaf)).value().has_value(); }
  std::vector<std::string> concerned() { return run_task(it().concerned("", 1000)).value(); }
  Outage last_outage() { return run_task(it().outages()).value().back(); }
  void begin(std::int64_t at = 1'000) { begin({wall(at), PoweredTime(at), true}); }
  void begin(const OutageMoment& at) {
    ASSERT_TRUE(run_task(it().begin_outage(at, Reason::service_unreachable)));
  }
  void end(std::int64_t at = 9'000) { end({wall(at), PoweredTime(at), true}); }
  void end(const OutageMoment& at) { ASSERT_TRUE(run_task(it().end_outage(at, Millis(500)))); }
};
TYPED_TEST_SUITE(ReconciliationContract, Sites);

TYPED_TEST(ReconciliationContract, nothing_is_promised_while_the_service_is_asked_at_once) {
  this->enqueue("leaf-1", Reason::forwarded_new);
  EXPECT_FALSE(this->is_there("leaf-1"));
  EXPECT_EQ(run_task(this->it().counts()).value(), PromiseCounts());
}

TYPED_TEST(ReconciliationContract, a_promise_comes_back_whole_after_a_crash) {
  this->begin();
  this->enqueue("leaf-1");
  this->promise("Leaf-2", "hub1.azure-devices.net");
  const Promise queued = this->of("leaf-1");
  const Promise told = this->of("leaf-2");
  EXPECT_EQ(queued.state, PromiseState::queued);
  EXPECT_EQ(queued.outage, 1);
  EXPECT_EQ(queued.reason, Reason::queued_offline);
  EXPECT_EQ(queued.made_at, outbox_row("x", "5.00.x").queued_at);
  EXPECT_EQ(told.id.text(), "Leaf-2");
  EXPECT_EQ(told.made, PromiseState::provisional);
  EXPECT_EQ(told.hub, "hub1.azure-devices.net");
  this->site_.crash();
  EXPECT_EQ(this->of("leaf-1"), queued);
  EXPECT_EQ(this->of("leaf-2"), told);
  EXPECT_EQ(this->concerned(), (std::vector<std::string>{"leaf-1", "leaf-2"}));
  const std::array<std::size_t, 3> made{1, 1, 0};
  EXPECT_EQ(this->last_outage().made, made);
}

TYPED_TEST(ReconciliationContract, what_is_told_ahead_is_stored_with_its_row) {
  this->promise("leaf-1", "hub1.azure-devices.net");
  const auto record = run_task(this->site_.registrations().find("leaf-1")).value();
  ASSERT_TRUE(record && record->registration.assignment);
  EXPECT_TRUE(record->registration.assignment->provisional);
  EXPECT_GT(record->registration.assignment->receipt, 0);
  const auto row = run_task(this->site_.registrations().outbox_row("leaf-1")).value();
  ASSERT_TRUE(row);
  EXPECT_EQ(row->reason, Reason::provisional_assignment);
}

TYPED_TEST(ReconciliationContract, each_end_is_what_it_is) {
  struct Row {
    const char* what;
    std::function<void(ReconciliationContract<TypeParam>&)> happens;
    PromiseState state;
    Reason reason;
  };
  using It = ReconciliationContract<TypeParam>;
  const std::string hub = "hub1.azure-devices.net";
  const std::vector<Row> table{
      {"queued, assigned",
       [&](It& it) {
         it.enqueue("leaf-1");
         it.settle("leaf-1", hub);
       },
       PromiseState::confirmed, Reason::assigned_by_service},
      {"told ahead, assigned there",
       [&](It& it) {
         it.promise("leaf-1", hub);
         it.settle("leaf-1", hub, Ruling::refreshed);
       },
       PromiseState::confirmed, Reason::assigned_by_service},
      {"told ahead, assigned elsewhere",
       [&](It& it) {
         it.promise("leaf-1", hub);
         it.settle("leaf-1", "hub2.azure-devices.net");
       },
       PromiseState::rehomed, Reason::assigned_elsewhere},
      {"queued, refused",
       [&](It& it) {
         it.enqueue("leaf-1");
         it.settle("leaf-1", hub, Ruling::refused);
       },
       PromiseState::refused, Reason::assigned_by_service},
      {"assigned to the device of another leaf",
       [&](It& it) {
         it.settle("leaf-7", hub);
         it.enqueue("leaf-1");
         it.settle("leaf-1", hub, Ruling::assigned, {}, "leaf-7");
       },
       PromiseState::conflict, Reason::two_places_at_once},
      {"its key had changed",
       [&](It& it) {
         it.enqueue("leaf-1");
         ASSERT_TRUE(run_task(it.it().object("leaf-1", Reason::wrong_key)));
         it.settle("leaf-1", hub);
       },
       PromiseState::conflict, Reason::wrong_key},
      {"unconfirmed, then assigned",
       [&](It& it) {
         it.enqueue("leaf-1");
         ASSERT_TRUE(run_task(it.it().object("leaf-1", Reason::service_verdict_unconfirmed)));
         it.settle("leaf-1", hub);
       },
       PromiseState::confirmed, Reason::assigned_by_service},
      {"it needed the leaf, and that came",
       [&](It& it) {
         ASSERT_TRUE(run_task(it.it().remember(Promise(id("leaf-1")))).value());
         it.settle("leaf-1", hub, Ruling::assigned, "5.00.of-none");
       },
       PromiseState::confirmed, Reason::assigned_by_service},
  };
  for (const Row& row : table) {
    (void)run_task(this->site_.registrations().forget("leaf-1"));
    (void)run_task(this->site_.registrations().forget("leaf-7"));
    row.happens(*this);
    const Promise promise = this->of("leaf-1");
    EXPECT_EQ(code(promise.state), code(row.state)) << row.what;
    EXPECT_EQ(code(promise.reason), code(row.reason)) << row.what;
    EXPECT_TRUE(promise.is_settled()) << row.what;
  }
}

TYPED_TEST(ReconciliationContract, a_leaf_that_came_itself_need_not_be_sent_for) {
  ASSERT_TRUE(run_task(this->it().remember(Promise(id("leaf-1")))).value());
  EXPECT_NE(next_action(this->of("leaf-1"), true).find("power-cycle"), std::string_view::npos);
  ASSERT_TRUE(run_task(this->it().passed("leaf-1")));
  EXPECT_EQ(this->of("leaf-1").reason, Reason::passed_through);
  EXPECT_EQ(next_action(this->of("leaf-1"), true).find("power-cycle"), std::string_view::npos);
  this->enqueue("leaf-2");
  ASSERT_TRUE(run_task(this->it().passed("leaf-2")));
  EXPECT_EQ(this->of("leaf-2").reason, Reason::queued_offline);
}

TYPED_TEST(ReconciliationContract, who_must_come_himself_is_known_from_then_on) {
  const auto notes_of = [this](const char* leaf) {
    return run_task(this->site_.registrations().find(leaf)).value().value().notes;
  };
  this->enqueue("leaf-2");
  const auto before = notes_of("leaf-2");
  Promise promise(id("leaf-1"));
  promise.made_at = wall(3'000);
  ASSERT_TRUE(run_task(this->it().remember(promise)).value());
  ASSERT_TRUE(run_task(this->it().remember(Promise(id("leaf-2")))).value());
  EXPECT_EQ(notes_of("leaf-1").at(0).at, wall(3'000));
  EXPECT_EQ(notes_of("leaf-2"), before);
}

TYPED_TEST(ReconciliationContract, who_must_come_himself_is_of_the_outage_he_comes_in) {
  const auto remember = [this](const std::string& leaf) {
    Promise promise(id(leaf));
    promise.reason = Reason::needs_the_leaf;
    return run_task(this->it().remember(promise)).value();
  };
  this->begin();
  for (const char* leaf : {"leaf-1", "leaf-2", "leaf-3", "leaf-4"}) ASSERT_TRUE(remember(leaf));
  ASSERT_TRUE(remember("leaf-1"));  // once in each
  this->end();
  ASSERT_TRUE(run_task(this->it().passed("leaf-2")));
  this->enqueue("leaf-3", Reason::forwarded_new);  // it has a key by now
  this->begin(20'000);
  ASSERT_TRUE(remember("leaf-1"));
  ASSERT_TRUE(remember("leaf-2"));
  EXPECT_EQ(this->of("leaf-1").outage, 2);
  EXPECT_EQ(this->of("leaf-2").outage, 2);
  EXPECT_NE(next_action(this->of("leaf-2"), true).find("power-cycle"), std::string_view::npos);
  EXPECT_EQ(this->of("leaf-3").state, PromiseState::queued);
  EXPECT_EQ(this->of("leaf-4").outage, 1) << "it did not come";
  const std::array<std::size_t, 3> made{1, 0, 2};
  EXPECT_EQ(this->last_outage().made, made);
  ASSERT_TRUE(run_task(this->it().passed("leaf-1")));  // and it was away again before anybody heard more
  ASSERT_TRUE(remember("leaf-1"));
  EXPECT_EQ(this->of("leaf-1").reason, Reason::needs_the_leaf);
  EXPECT_EQ(this->last_outage().made, made);
}

TYPED_TEST(ReconciliationContract, what_waits_in_the_outbox_is_not_settled_by_something_else) {
  this->enqueue("leaf-1");
  this->settle("leaf-1", "hub1.azure-devices.net", Ruling::assigned, "5.00.of-none");
  EXPECT_EQ(this->of("leaf-1").state, PromiseState::queued);
  this->settle("leaf-1", "hub1.azure-devices.net");
  EXPECT_EQ(this->of("leaf-1").state, PromiseState::confirmed);
}

TYPED_TEST(ReconciliationContract, an_outage_promises_what_waits_already) {
  this->enqueue("leaf-1", Reason::forwarded_new);
  this->enqueue("leaf-2");
  this->begin();
  EXPECT_EQ(this->of("leaf-1").reason, Reason::forwarded_new);
  EXPECT_EQ(this->of("leaf-2").outage, 1);
  const std::array<std::size_t, 3> made{2, 0, 0};
  EXPECT_EQ(this->last_outage().made, made);
  this->begin(2'000);  // it lasts already
  EXPECT_EQ(run_task(this->it().outages()).value().size(), 1U);
}

TYPED_TEST(ReconciliationContract, an_outage_counts_what_its_promises_came_to) {
  this->begin();
  this->enqueue("leaf-1");
  this->enqueue("leaf-2");
  this->end();
  this->settle("leaf-1", "hub1.azure-devices.net");
  this->settle("leaf-2", "hub1.azure-devices.net", Ruling::refused);
  EXPECT_EQ(run_task(this->it().clear(std::nullopt)).value(), 2U);
  const Outage outage = this->last_outage();
  EXPECT_EQ(outage.ended, wall(9'000));
  EXPECT_EQ(outage.promises(), 2U);
  EXPECT_EQ(outage.came_to.at(static_cast<std::size_t>(PromiseState::confirmed)), 1U);
  EXPECT_EQ(outage.came_to.at(static_cast<std::size_t>(PromiseState::refused)), 1U);
}

TYPED_TEST(ReconciliationContract, an_outage_is_as_long_as_the_hours_meter_says_whatever_the_clock_did) {
  struct Row {
    const char* what;
    std::int64_t begun;
    bool timed_then;
    std::int64_t ended;
    bool timed_now;
    std::int64_t from;
    std::int64_t to;
  };
  for (const Row& row : {Row{"in order", 50'000, true, 59'000, true, 50'000, 59'000},
                         Row{"time known later", 7, false, 59'000, true, 50'000, 59'000},
                         Row{"time lost", 50'000, true, 7, false, 50'000, 59'000},
                         Row{"never known", 7, false, 8, false, 7, 9'007},
                         Row{"set back", 50'000, true, 49'000, true, 50'000, 50'000}}) {
    this->begin({wall(row.begun), PoweredTime(10), row.timed_then});
    EXPECT_EQ(this->last_outage().untimed, !row.timed_then) << row.what;
    this->end({wall(row.ended), PoweredTime(9'010), row.timed_now});
    const Outage outage = this->last_outage();
    EXPECT_EQ(outage.begun, wall(row.from)) << row.what;
    EXPECT_EQ(outage.ended, wall(row.to)) << row.what;
    EXPECT_EQ(outage.untimed, !row.timed_then || !row.timed_now) << row.what;
    EXPECT_EQ(outage.powered_for, Millis(9'000)) << row.what;
  }
}

TYPED_TEST(ReconciliationContract, a_short_outage_without_promises_is_let_go_and_16_are_kept) {
  this->begin();
  this->end(1'400);
  EXPECT_TRUE(run_task(this->it().outages()).value().empty());
  for (int i = 0; i < 20; ++i) {
    this->begin(10'000 * i);
    this->end(10'000 * i + 5'000);
  }
  const auto kept = run_task(this->it().outages()).value();
  ASSERT_EQ(kept.size(), Reconciliations::outages_kept);
  EXPECT_EQ(kept.back().begun, wall(190'000));
}

TYPED_TEST(ReconciliationContract, the_next_promise_takes_the_place_of_a_settled_one) {
  this->begin();
  this->enqueue("leaf-1");
  this->end();
  this->settle("leaf-1", "hub1.azure-devices.net");
  this->begin(20'000);
  this->enqueue("leaf-1", Reason::beyond_trust_queued);
  const Promise promise = this->of("leaf-1");
  EXPECT_EQ(promise.outage, 2);
  EXPECT_FALSE(promise.is_settled());
  EXPECT_EQ(promise.hub, "hub1.azure-devices.net");  // where it was known to be
}

TYPED_TEST(ReconciliationContract, is_listed_counted_told_and_cleared) {
  for (const char* leaf : {"leaf-1", "leaf-2", "leaf-3"}) this->enqueue(leaf);
  this->settle("leaf-1", "hub1.azure-devices.net");
  this->settle("leaf-2", "hub1.azure-devices.net", Ruling::refused);
  PromiseFilter refused;
  refused.state = PromiseState::refused;
  const auto listed = run_task(this->it().list(refused)).value();
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed.front().id.key(), "leaf-2");
  PromiseFilter page;
  page.after = "leaf-1";
  page.limit = 1;
  EXPECT_EQ(run_task(this->it().list(page)).value().front().id.key(), "leaf-2");
  EXPECT_EQ(run_task(this->it().counts()).value().untold, 1U);
  EXPECT_EQ(this->concerned(), (std::vector<std::string>{"leaf-2", "leaf-3"}));
  ASSERT_TRUE(run_task(this->it().told("leaf-2")));
  ASSERT_TRUE(run_task(this->it().told("leaf-3")));  // not settled: nothing to be heard
  EXPECT_EQ(run_task(this->it().counts()).value().untold, 0U);
  EXPECT_EQ(this->concerned(), (std::vector<std::string>{"leaf-3"}));
  EXPECT_EQ(run_task(this->it().clear(PromiseState::queued)).error().code, Errc::refused);
  ASSERT_TRUE(run_task(this->it().object("leaf-3", Reason::wrong_key)));
  EXPECT_EQ(run_task(this->it().clear(PromiseState::conflict)).value(), 0U) << "it waits for the service";
  Promise alone(RegistrationId::parse("leaf-4").value());
  alone.reason = Reason::needs_the_leaf;
  ASSERT_TRUE(run_task(this->it().remember(alone)).value());
  EXPECT_EQ(run_task(this->it().clear(PromiseState::needs_the_leaf)).value(), 1U);
  EXPECT_EQ(run_task(this->it().clear(std::nullopt)).value(), 2U);
  EXPECT_EQ(run_task(this->it().counts()).value().of(PromiseState::conflict), 1U);
}

TYPED_TEST(ReconciliationContract, goes_with_what_an_operator_takes_back) {
  this->enqueue("leaf-1");
  this->promise("leaf-2", "hub1.azure-devices.net");
  ASSERT_TRUE(run_task(this->site_.registrations().drop(operation("5.00.leaf-2"), {}, {})));
  EXPECT_FALSE(this->is_there("leaf-2"));
  const auto record = run_task(this->site_.registrations().find("leaf-2")).value();
  EXPECT_FALSE(record->registration.assignment);
  ASSERT_TRUE(run_task(this->site_.registrations().forget("leaf-1")).value());
  EXPECT_FALSE(this->is_there("leaf-1"));
}

}  // namespace
}  // namespace leafgate::reconciliation_contract_test
