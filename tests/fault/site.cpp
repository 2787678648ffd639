#include "tests/fault/site.hpp"

#include <algorithm>
#include <fstream>
#include <map>

#include "store/database.hpp"

namespace leafgate::fault {
namespace {

std::string key_of(int leaf) { return "leaf-" + std::to_string(leaf); }
std::string operation_of(int leaf) { return "op-" + std::to_string(leaf); }

Task<int> come(Registrations& registrations, FaultyVfs& vfs, int leaf, Stage stage, std::size_t payload) {
  OutboxRow row = example::outbox_row(key_of(leaf), operation_of(leaf));
  row.request.payload = '"' + std::string(payload, 'p') + '"';
  const auto enqueued = co_await registrations.enqueue(std::move(row), example::notes(leaf));
  if (!enqueued) co_return unknown;
  vfs.acknowledge(2 * leaf + 1);
  if (stage == queued) co_return queued;
  auto receipt = example::receipt();
  const auto done = co_await registrations.settle(example::registration(key_of(leaf)),
                                                  example::operation(operation_of(leaf)),
                                                  example::notes(leaf), std::move(receipt));
  if (!done) co_return queued;
  vfs.acknowledge(2 * leaf + 2);
  co_return settled;
}

Result<std::map<std::string, Stage>> stages(Connection& connection, std::string& damage) {
  std::map<std::string, Stage> out;
  Query query(connection,
              "SELECT key, queued IS NOT NULL, EXISTS (SELECT 1 FROM outbox WHERE sequence=queued), "
              "assigned_hub IS NOT NULL, receipt IN (SELECT sequence FROM receipt) FROM registration");
  for (;;) {
    const auto row = query.step();
    if (!row) return row.error();
    if (!*row) return out;
    const bool points = query.integer(1) != 0;
    if (points != (query.integer(2) != 0)) damage = "a registration points at no outbox row";
    if (!points && query.integer(3) == 0) damage = "a registration with nothing in it";
    if (query.integer(3) != 0 && query.integer(4) == 0) damage = "an assignment without its receipt";
    out[query.text(0)] = points ? queued : settled;
  }
}

// An import is there whole or not at all, and never an older one than was acknowledged.
Result<int> import_found(Connection& connection, std::string& damage) {
  const auto found = connection.ask(
      "SELECT min(etag) || ' ' || max(etag) || ' ' || count(*) FROM enrollment AS e WHERE generation="
      "(SELECT max(generation) FROM enrollment WHERE kind=e.kind AND id=e.id "
      "AND generation<=(SELECT generation FROM site))");
  if (!found) return found.error();
  if (found->empty()) return 0;
  const std::string etag = found->substr(0, found->find(' '));
  if (*found != etag + " " + etag + " " + std::to_string(imported_rows)) damage = "half an import: " + *found;
  return std::stoi(etag);
}

Result<int> lost(Connection& connection, const DiskLog& log, std::size_t count, std::string& damage) {
  auto there = stages(connection, damage);
  if (!there) return there.error();
  const auto imported = import_found(connection, damage);
  if (!imported) return imported.error();
  const auto rows = connection.ask(
      "SELECT count(*) FROM outbox WHERE NOT EXISTS (SELECT 1 FROM registration WHERE queued=sequence)");
  if (!rows) return rows.error();
  if (*rows != "0") damage = "an outbox row that no registration points at";
  int missing = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const Event& event = log.events[i];
    if (event.kind != Event::Kind::ack) continue;
    if (event.ack > import_ack) {
      if (*imported < event.ack - import_ack) ++missing;
    } else if ((*there)[key_of((event.ack - 1) / 2)] < (event.ack - 1) % 2 + 1) {
      ++missing;
    }
  }
  return missing;
}

}  // namespace

int register_leaves(Registrations& registrations, FaultyVfs& vfs, int first, int count, Stage stage,
                    std::size_t payload) {
  int arrived = 0;
  for (int leaf = first; leaf < first + count; leaf += 4) {
    std::vector<Task<int>> together;
    for (int n = leaf; n < std::min(leaf + 4, first + count); ++n)
      together.push_back(come(registrations, vfs, n, stage, payload));
    for (const int reached : run_together(std::move(together))) arrived += reached == stage ? 1 : 0;
  }
  return arrived;
}

Result<void> Site::open(Start start) {
  StoreOptions options;
  options.path = folder_.path();
  options.reserve = 4096;
  options.vfs = vfs_.name();
  options.forget_pages = [this, start](const std::string& path) {
    return start == Start::plain ? Result<void>() : vfs_.forget_pages(path);
  };
  auto opened = Store::open(std::move(options), random_);
  if (!opened) return opened.error();
  store_ = std::move(*opened);
  return {};
}

void Site::stop() {
  store_->stop();
  store_.reset();
}

int Site::register_leaves(int first, int count, Stage stage, std::size_t payload) {
  return fault::register_leaves(store_->registrations(), vfs_, first, count, stage, payload);
}

bool Site::import(int number) {
  std::vector<Enrollment> rows;
  for (int i = 0; i < imported_rows; ++i)
    rows.push_back(example::enrollment(EnrollmentKind::individual, key_of(i), std::to_string(number)));
  const bool done = run_task(store_->enrollments().import(std::move(rows))).has_value();
  if (done) vfs_.acknowledge(import_ack + number);
  return done;
}

Finding examine_file(const std::string& path, const DiskLog& log, std::size_t count) {
  Finding finding;
  DatabaseOptions options;
  options.path = path;
  options.forget_pages = [](const std::string&) { return Result<void>(); };
  auto connection = open_database(options);
  if (!connection) {
    finding.damage = connection.error().detail;
    return finding;
  }
  const auto missing = lost(*connection, log, count, finding.damage);
  if (missing) finding.lost = *missing;
  if (!missing) finding.damage = missing.error().detail;
  return finding;
}

Finding examine(const DiskLog& log, std::size_t count, std::mt19937& random) {
  const TemporaryFolder folder;
  for (const auto& [path, content] : log.cut(count, random))
    std::ofstream(folder.path() + path.substr(path.rfind('/')), std::ios::binary) << content;
  return examine_file(folder.path() + "/leafgate.db", log, count);
}

void Tally::add(const Finding& finding) {
  ++images;
  damaged += finding.damage.empty() ? 0 : 1;
  losing += finding.lost > 0 ? 1 : 0;
  worst = std::max(worst, finding.lost);
  if (first_damage.empty()) first_damage = finding.damage;
}

Tally cut_often(const DiskLog& log, std::size_t from, int images, unsigned seed) {
  std::mt19937 random(seed);
  Tally tally;
  for (int i = 0; i < images; ++i)
    tally.add(examine(log, from + random() % (log.events.size() - from + 1), random));
  return tally;
}

}  // namespace leafgate::fault
