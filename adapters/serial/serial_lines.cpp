#include "adapters/serial/serial_lines.hpp"

namespace leafgate::serial {

SerialLines::SerialLines(const Executor& executor, const std::vector<LineConfig>& configs,
                         const DeviceOf& device_of, LeafLink& link, const NameOf& name_of)
    : executor_(executor), ended_(executor) {
  for (const LineConfig& config : configs)
    lines_.push_back(std::make_unique<Line>(executor, config, device_of(executor, config), link, name_of));
}

void SerialLines::start() {
  running_ = lines_.size();
  for (const auto& line : lines_) spawn(executor_, run(*line));
}

Task<void> SerialLines::run(Line& line) {
  co_await line.run();
  --running_;
  ended_.notify();
}

Task<void> SerialLines::stop() {
  for (const auto& line : lines_) line->stop();
  while (running_ != 0) co_await ended_.wait();
}

std::vector<LineFacts> SerialLines::lines() const {
  std::vector<LineFacts> all;
  for (const auto& line : lines_) all.push_back(line->facts());
  return all;
}

Line* SerialLines::find(const std::string& name) {
  for (const auto& line : lines_) {
    if (line->name() == name) return line.get();
  }
  return nullptr;
}

Task<Result<void>> SerialLines::release(std::string name) {
  Line* const line = find(name);
  if (line == nullptr) co_return Error(Errc::not_found, "no line of this name");
  co_return co_await line->release();
}

Task<Result<void>> SerialLines::claim(std::string name) {
  Line* const line = find(name);
  if (line == nullptr) co_return Error(Errc::not_found, "no line of this name");
  co_return line->claim();
}

}  // namespace leafgate::serial
