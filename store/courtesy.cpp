#include "store/courtesy.hpp"

#include <sqlite3.h>

namespace leafgate {
namespace {

constexpr int operations_between = 200;

}  // namespace

// The pages go by way of a file, whose table of functions is replaced by a copy with one of them taken over.
struct Courtesy::Pages {
  sqlite3_io_methods methods{};  // first: the file's pointer to it is all that write() is given
  const sqlite3_io_methods* before = nullptr;
  const Courtesy* const courtesy;

  explicit Pages(const Courtesy* whose) : courtesy(whose) {}

  static int write(sqlite3_file* file, const void* octets, int count, sqlite3_int64 offset) {
    const auto& pages = *reinterpret_cast<const Pages*>(file->pMethods);
    pages.courtesy->show();
    return pages.before->xWrite(file, octets, count, offset);
  }

  // Of the log's there is another one each time the log is opened.
  void come_between(sqlite3* db, int which) {
    sqlite3_file* file = nullptr;
    sqlite3_file_control(db, "main", which, &file);
    if (file == nullptr || file->pMethods == nullptr || file->pMethods == &methods) return;
    before = file->pMethods;
    methods = *file->pMethods;
    methods.xWrite = write;
    file->pMethods = &methods;
  }
};

Courtesy::Courtesy(sqlite3* db)
    : db_(db), of_database_(std::make_unique<Pages>(this)), of_log_(std::make_unique<Pages>(this)) {}

Courtesy::~Courtesy() = default;

void Courtesy::begin(Millis most, StandBack stand_back) {
  of_database_->come_between(db_, SQLITE_FCNTL_FILE_POINTER);
  of_log_->come_between(db_, SQLITE_FCNTL_JOURNAL_POINTER);
  stand_back_ = stand_back;
  until_ = LoopClock::now() + most;
  sqlite3_progress_handler(db_, operations_between, between_operations, this);
}

void Courtesy::end() {
  stand_back_ = nullptr;
  sqlite3_progress_handler(db_, 0, nullptr, nullptr);
}

int Courtesy::between_operations(void* courtesy) {
  static_cast<const Courtesy*>(courtesy)->show();
  return 0;
}

bool Courtesy::is_shown() const { return stand_back_ != nullptr && LoopClock::now() < until_; }

void Courtesy::show() const {
  if (is_shown()) stand_back_();
}

}  // namespace leafgate
