// How what was restored takes its place: each step can be done again after a kill.
#include <cstdio>
#include <filesystem>
#include <vector>

#include "gateway/runtime/log.hpp"
#include "store/file.hpp"
#include "store/restore.hpp"
#include "store/state_dir.hpp"

namespace leafgate {
namespace {

namespace fs = std::filesystem;

using BeforeStep = std::function<Result<void>()>;

class Placing {
 public:
  Placing(std::string state_dir, const BeforeStep& before_step)
      : dir_(std::move(state_dir)), from_(dir_ + "/restored"), before_step_(before_step) {}

  [[nodiscard]] bool is_there(const std::string& path) const {
    std::error_code none;
    return fs::exists(fs::symlink_status(path, none));
  }

  Result<void> move(const std::string& from, const std::string& to) {
    if (!is_there(from)) return {};
    if (before_step_) {
      if (auto may = before_step_(); !may) return may;
    }
    if (std::rename(from.c_str(), to.c_str()) != 0) return file_error("move", from);
    return {};
  }

  // Old files go aside only while the new one is not in place yet: else they would be the new ones.
  Result<void> place(const std::string& name, const std::vector<std::string>& old) {
    if (!is_there(from_ + "/" + name)) return {};
    for (const std::string& file : old) {
      if (auto moved = move(dir_ + "/" + file, aside_ + "/" + file); !moved) return moved;
    }
    if (auto synced = sync_folder(aside_); !synced) return synced;
    if (auto moved = move(from_ + "/" + name, dir_ + "/" + name); !moved) return moved;
    return sync_folder(dir_);
  }

  [[nodiscard]] std::vector<std::string> old_of_database() const {
    std::vector<std::string> out{"leafgate.db-wal", "leafgate.db-shm", "clean", "leafgate.db"};
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(dir_, none)) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with("leafgate.db.")) out.push_back(name);
    }
    return out;
  }

  Result<void> run() {
    if (!is_there(from_)) return {};
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(from_, none))
      if (entry.path().filename().string().starts_with("replaced-")) aside_ = entry.path().string();
    if (!aside_.empty()) {
      auto placed = place("sealing.key", {"sealing.key", "sealing.key.part"});
      if (placed) placed = place("leafgate.db", old_of_database());
      if (!placed) return placed;
      if (fs::is_empty(aside_, none)) {
        fs::remove(aside_, none);
      } else if (auto moved = move(aside_, dir_ + "/" + fs::path(aside_).filename().string()); !moved) {
        return moved;
      }
    }
    if (!fs::remove(from_, none)) return file_error("remove", from_);
    log::notice("the restored store is in place", {{"state_dir", dir_}});
    return sync_folder(dir_);
  }

 private:
  std::string dir_;
  std::string from_;
  std::string aside_;
  const BeforeStep& before_step_;
};

}  // namespace

Result<void> finish_restore(const std::string& state_dir, const BeforeStep& before_step) {
  return Placing(state_dir, before_step).run();
}

}  // namespace leafgate
