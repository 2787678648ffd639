#include "tests/fault/faulty_vfs.hpp"

#include <cstring>
#include <fstream>
#include <utility>

#include <sqlite3.h>

namespace leafgate::fault {

struct FaultyVfs::State {
  sqlite3_vfs vfs{};
  sqlite3_vfs* real = nullptr;
  std::string name;
  mutable std::mutex mutex;
  DiskLog log;
  Plan plan;
  std::int64_t counted = 0;
  bool fired = false;

  // The code a call must fail with, or SQLITE_OK. Under mutex.
  int verdict(Op op, const std::string& path) {
    if ((plan.ops & static_cast<unsigned>(op)) == 0 || !path.ends_with(plan.suffix)) return SQLITE_OK;
    ++counted;
    if (plan.at == 0 || counted < plan.at || counted >= plan.at + plan.times) return SQLITE_OK;
    fired = true;
    return plan.code;
  }
};

namespace {

using State = FaultyVfs::State;

struct File {
  sqlite3_file base;
  State* state;
  sqlite3_file* real;
  int inode;  // 0: a file nobody looks at
  std::string* path;
};

File& file_of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
State& state_of(sqlite3_vfs* vfs) { return *static_cast<State*>(vfs->pAppData); }

int close_file(sqlite3_file* handle) {
  File& file = file_of(handle);
  const int code = file.real->pMethods->xClose(file.real);
  delete std::exchange(file.path, nullptr);
  return code;
}

int read_file(sqlite3_file* handle, void* into, int size, sqlite3_int64 offset) {
  File& file = file_of(handle);
  {
    const std::lock_guard lock(file.state->mutex);
    if (const int code = file.state->verdict(Op::read, *file.path)) return code;
  }
  return file.real->pMethods->xRead(file.real, into, size, offset);
}

int write_file(sqlite3_file* handle, const void* data, int size, sqlite3_int64 offset) {
  File& file = file_of(handle);
  const std::lock_guard lock(file.state->mutex);
  if (const int code = file.state->verdict(Op::write, *file.path)) return code;
  if (file.inode != 0) {
    Event event{Event::Kind::write, file.inode, offset};
    event.data.assign(static_cast<const char*>(data), static_cast<std::size_t>(size));
    file.state->log.events.push_back(std::move(event));
  }
  return file.real->pMethods->xWrite(file.real, data, size, offset);
}

int truncate_file(sqlite3_file* handle, sqlite3_int64 size) {
  File& file = file_of(handle);
  const std::lock_guard lock(file.state->mutex);
  if (const int code = file.state->verdict(Op::truncate, *file.path)) return code;
  if (file.inode != 0) file.state->log.events.push_back(Event{Event::Kind::truncate, file.inode, size});
  return file.real->pMethods->xTruncate(file.real, size);
}

int sync_file(sqlite3_file* handle, int) {
  File& file = file_of(handle);
  const std::lock_guard lock(file.state->mutex);
  const int code = file.state->verdict(Op::sync, *file.path);
  if (file.inode == 0) return code;
  if (code != SQLITE_OK) {
    file.state->log.lose_pending(file.inode);
  } else {
    file.state->log.events.push_back(Event{Event::Kind::sync, file.inode});
  }
  return code;
}

sqlite3_file* real_of(sqlite3_file* handle) { return file_of(handle).real; }
const sqlite3_io_methods& methods_of(sqlite3_file* handle) { return *real_of(handle)->pMethods; }

int file_size(sqlite3_file* f, sqlite3_int64* size) { return methods_of(f).xFileSize(real_of(f), size); }
int lock_file(sqlite3_file* f, int level) { return methods_of(f).xLock(real_of(f), level); }
int unlock_file(sqlite3_file* f, int level) { return methods_of(f).xUnlock(real_of(f), level); }
int check_lock(sqlite3_file* f, int* held) { return methods_of(f).xCheckReservedLock(real_of(f), held); }
int sector_size(sqlite3_file* f) { return methods_of(f).xSectorSize(real_of(f)); }
int traits(sqlite3_file* f) { return methods_of(f).xDeviceCharacteristics(real_of(f)); }
int shm_lock(sqlite3_file* f, int a, int n, int flags) {
  return methods_of(f).xShmLock(real_of(f), a, n, flags);
}
void shm_barrier(sqlite3_file* f) { methods_of(f).xShmBarrier(real_of(f)); }
int shm_unmap(sqlite3_file* f, int remove) { return methods_of(f).xShmUnmap(real_of(f), remove); }
int shm_map(sqlite3_file* f, int region, int size, int extend, void volatile** out) {
  return methods_of(f).xShmMap(real_of(f), region, size, extend, out);
}
int control(sqlite3_file* f, int op, void* argument) {
  // A size hint would change the file behind the log's back.
  if (op == SQLITE_FCNTL_SIZE_HINT || op == SQLITE_FCNTL_CHUNK_SIZE) return SQLITE_OK;
  return methods_of(f).xFileControl(real_of(f), op, argument);
}

constexpr sqlite3_io_methods methods{2,           close_file,  read_file, write_file,  truncate_file,
                                     sync_file,   file_size,   lock_file, unlock_file, check_lock,
                                     control,     sector_size, traits,    shm_map,     shm_lock,
                                     shm_barrier, shm_unmap,   nullptr,   nullptr};

int open_file(sqlite3_vfs* vfs, const char* path, sqlite3_file* handle, int flags, int* out_flags) {
  State& state = state_of(vfs);
  File& file = file_of(handle);
  file.base.pMethods = nullptr;
  file.state = &state;
  file.real = reinterpret_cast<sqlite3_file*>(&file + 1);
  file.inode = 0;
  const std::lock_guard lock(state.mutex);
  if (path != nullptr) {
    if (const int code = state.verdict(Op::open, path)) return code;
  }
  const int code = state.real->xOpen(state.real, path, file.real, flags, out_flags);
  if (code != SQLITE_OK) return code;
  file.path = new std::string(path == nullptr ? "" : path);
  if (path != nullptr) {
    file.inode = state.log.live_inode(path);
    if (file.inode < 0) file.inode = state.log.create(path);
  }
  file.base.pMethods = &methods;
  return SQLITE_OK;
}

int remove_file(sqlite3_vfs* vfs, const char* path, int sync_folder) {
  State& state = state_of(vfs);
  const std::lock_guard lock(state.mutex);
  if (const int code = state.verdict(Op::remove, path)) return code;
  if (state.log.live_inode(path) > 0) {
    Event event{Event::Kind::remove};
    event.path = path;
    state.log.events.push_back(std::move(event));
  }
  return state.real->xDelete(state.real, path, sync_folder);
}

int access(sqlite3_vfs* vfs, const char* path, int flags, int* out) {
  return state_of(vfs).real->xAccess(state_of(vfs).real, path, flags, out);
}
int full_path(sqlite3_vfs* vfs, const char* path, int size, char* out) {
  return state_of(vfs).real->xFullPathname(state_of(vfs).real, path, size, out);
}

}  // namespace

FaultyVfs::FaultyVfs() : state_(std::make_unique<State>()) {
  static int made = 0;
  state_->real = sqlite3_vfs_find(nullptr);
  state_->name = "faulty-" + std::to_string(++made);
  state_->vfs = *state_->real;  // randomness, time and sleep stay the system's
  state_->vfs.szOsFile = static_cast<int>(sizeof(File)) + state_->real->szOsFile;
  state_->vfs.zName = state_->name.c_str();
  state_->vfs.pAppData = state_.get();
  state_->vfs.xOpen = open_file;
  state_->vfs.xDelete = remove_file;
  state_->vfs.xAccess = access;
  state_->vfs.xFullPathname = full_path;
  sqlite3_vfs_register(&state_->vfs, 0);
}

FaultyVfs::~FaultyVfs() { sqlite3_vfs_unregister(&state_->vfs); }

const std::string& FaultyVfs::name() const { return state_->name; }

void FaultyVfs::plan(Plan plan) {
  const std::lock_guard lock(state_->mutex);
  state_->plan = std::move(plan);
  state_->counted = 0;
  state_->fired = false;
}

bool FaultyVfs::fired() const {
  const std::lock_guard lock(state_->mutex);
  return state_->fired;
}

void FaultyVfs::acknowledge(int ack) {
  const std::lock_guard lock(state_->mutex);
  Event event{Event::Kind::ack};
  event.ack = ack;
  state_->log.events.push_back(event);
}

std::size_t FaultyVfs::events() const {
  const std::lock_guard lock(state_->mutex);
  return state_->log.events.size();
}

DiskLog FaultyVfs::log() const {
  const std::lock_guard lock(state_->mutex);
  return state_->log;
}

Result<void> FaultyVfs::forget_pages(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  const int inode = state_->log.live_inode(path);
  if (inode <= 0) return {};
  std::ofstream(path, std::ios::binary | std::ios::trunc) << state_->log.durable(path);
  state_->log.events.push_back(Event{Event::Kind::sync, inode});
  return {};
}

}  // namespace leafgate::fault
