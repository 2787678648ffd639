#include "tests/fault/disk_log.hpp"

#include <algorithm>

namespace leafgate::fault {
namespace {

constexpr std::size_t sector = 512;

void put(std::string& content, const Event& event) {
  if (event.kind == Event::Kind::truncate) {
    content.resize(std::min(content.size(), static_cast<std::size_t>(event.offset)));
  } else if (event.kind == Event::Kind::write) {
    const auto offset = static_cast<std::size_t>(event.offset);
    if (content.size() < offset + event.data.size()) content.resize(offset + event.data.size(), '\0');
    content.replace(offset, event.data.size(), event.data);
  }
}

// Some sectors of a write, as a cut in the middle of it leaves them.
Event torn(const Event& whole, std::mt19937& random) {
  if (whole.kind != Event::Kind::write) return whole;
  Event part = whole;
  const std::size_t sectors = whole.data.size() / sector + 1;
  const std::size_t keep = random() % (sectors + 1) * sector;
  if (random() % 2 == 0) {
    part.data.resize(std::min(keep, part.data.size()));
  } else {
    const std::size_t skip = std::min(keep, part.data.size());
    part.data.erase(0, skip);
    part.offset += static_cast<std::int64_t>(skip);
  }
  return part;
}

struct Pending {
  std::string content;  // durable
  std::vector<const Event*> later;
  bool synced = false;
};

struct Name {
  std::vector<int> inodes;  // all it has had, in order; 0: removed
  std::size_t durable = 0;  // index of the oldest that a cut can show
};

// None, half, or all of what was not synced, in any order.
std::string settle(const Pending& file, std::mt19937& random) {
  std::string content = file.content;
  std::vector<const Event*> later = file.later;
  const auto mode = random() % 3;
  if (mode == 0) return content;
  if (mode == 1) {
    std::shuffle(later.begin(), later.end(), random);
    later.resize(later.size() / 2);
  }
  for (const Event* event : later) put(content, random() % 4 == 0 ? torn(*event, random) : *event);
  return content;
}

}  // namespace

int DiskLog::create(const std::string& path) {
  events.push_back(Event{Event::Kind::create, ++inodes_, 0, {}, path});
  return inodes_;
}

int DiskLog::live_inode(const std::string& path) const {
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    if (event->path != path) continue;
    return event->kind == Event::Kind::create ? event->inode : -1;
  }
  return -1;
}

void DiskLog::lose_pending(int inode) {
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    if (event->inode != inode) continue;
    if (event->kind == Event::Kind::sync) return;
    event->lost = true;
  }
}

std::string DiskLog::durable(const std::string& path) const {
  const int inode = live_inode(path);
  std::string content;
  for (const Event& event : events)
    if (event.inode == inode && !event.lost) put(content, event);
  return content;
}

DiskLog::Files DiskLog::cut(std::size_t count, std::mt19937& random) const {
  std::map<int, Pending> inodes;
  std::map<std::string, Name> names;
  for (std::size_t i = 0; i < count; ++i) {
    const Event& event = events[i];
    Pending& file = inodes[event.inode];
    if (event.kind == Event::Kind::create) names[event.path].inodes.push_back(event.inode);
    if (event.kind == Event::Kind::remove) names[event.path].inodes.push_back(0);
    if (event.lost) continue;
    if (event.kind == Event::Kind::write || event.kind == Event::Kind::truncate) file.later.push_back(&event);
    if (event.kind != Event::Kind::sync) continue;
    for (const Event* pending : file.later) put(file.content, *pending);
    file.later.clear();
    // SQLite syncs the folder together with the first sync of a file it made.
    if (!file.synced)
      for (auto& [path, name] : names) name.durable = name.inodes.size() - 1;
    file.synced = true;
  }
  Files out;
  for (const auto& [path, name] : names) {
    std::size_t at = name.inodes.size() - 1;
    while (at > name.durable && random() % 2 == 0) --at;
    if (name.inodes[at] != 0) out[path] = settle(inodes[name.inodes[at]], random);
  }
  return out;
}

}  // namespace leafgate::fault
