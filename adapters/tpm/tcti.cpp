#include "adapters/tpm/tcti.hpp"

#include <algorithm>
#include <utility>

#include <tss2/tss2_tpm2_types.h>

namespace leafgate::tpm {
namespace {

constexpr std::uint64_t magic = 0x6c66'6774'7470'6d31;  // any constant of our own: "lfgttpm1"

// Before it is known whether a command's object is a key, its code says enough.
bool is_slow(ByteView command) {
  if (command.size() < header_size) return false;
  const unsigned code = unsigned{command[8]} << 8 | unsigned{command[9]};
  return code == TPM2_CC_CreatePrimary || code == TPM2_CC_Create || code == TPM2_CC_EvictControl ||
         code == TPM2_CC_NV_DefineSpace;
}

void finalize(TSS2_TCTI_CONTEXT*) {}
TSS2_RC cancel(TSS2_TCTI_CONTEXT*) { return TSS2_TCTI_RC_NOT_IMPLEMENTED; }
TSS2_RC poll_handles(TSS2_TCTI_CONTEXT*, TSS2_TCTI_POLL_HANDLE*, std::size_t*) {
  return TSS2_TCTI_RC_NOT_IMPLEMENTED;
}
TSS2_RC set_locality(TSS2_TCTI_CONTEXT*, std::uint8_t) { return TSS2_TCTI_RC_NOT_IMPLEMENTED; }

}  // namespace

Tcti::Tcti(std::unique_ptr<Transport> transport, Watch watch)
    : transport_(std::move(transport)), watch_(std::move(watch)) {
  shape_.common.magic = magic;
  shape_.common.version = 1;
  shape_.common.transmit = transmit;
  shape_.common.receive = receive;
  shape_.common.finalize = finalize;
  shape_.common.cancel = cancel;
  shape_.common.getPollHandles = poll_handles;
  shape_.common.setLocality = set_locality;
  shape_.self = this;
}

Result<void> Tcti::send(ByteView command) {
  deadline_ = LoopClock::now() + (is_slow(command) ? watch_.slow_timeout : watch_.command_timeout);
  if (watch_.look_up) deadline_ = std::min(deadline_, watch_.look_up());
  if (LoopClock::now() >= deadline_) return Error(Errc::timed_out, "no time is left");
  if (watch_.commands != nullptr) ++*watch_.commands;
  return transport_->send(command, deadline_);
}

Result<Bytes> Tcti::await_response() {
  while (true) {
    auto response = transport_->receive(std::min(deadline_, LoopClock::now() + watch_.slice));
    if (response || response.error().code != Errc::timed_out) return response;
    if (watch_.look_up) deadline_ = std::min(deadline_, watch_.look_up());
    if (LoopClock::now() >= deadline_) return response;
  }
}

Result<Bytes> Tcti::exchange(ByteView command) {
  if (auto sent = send(command); !sent) return sent.error();
  return await_response();
}

TSS2_RC Tcti::failed(const Error& error) {
  failure_ = error;
  return TSS2_TCTI_RC_IO_ERROR;
}

TSS2_RC Tcti::transmit(TSS2_TCTI_CONTEXT* context, std::size_t size, const std::uint8_t* command) {
  Tcti& self = of(context);
  self.response_.clear();
  const auto sent = self.send(ByteView(command, size));
  return sent ? TSS2_RC_SUCCESS : self.failed(sent.error());
}

TSS2_RC Tcti::receive(TSS2_TCTI_CONTEXT* context, std::size_t* size, std::uint8_t* response, std::int32_t) {
  Tcti& self = of(context);
  if (size == nullptr) return TSS2_TCTI_RC_BAD_REFERENCE;
  if (self.response_.empty()) {
    auto came = self.await_response();
    if (!came) return self.failed(came.error());
    self.response_ = std::move(*came);
  }
  const std::size_t room = std::exchange(*size, self.response_.size());
  if (response == nullptr) return TSS2_RC_SUCCESS;  // asks only how large it is
  if (room < self.response_.size()) return TSS2_TCTI_RC_INSUFFICIENT_BUFFER;
  std::copy(self.response_.begin(), self.response_.end(), response);
  self.response_.clear();
  return TSS2_RC_SUCCESS;
}

}  // namespace leafgate::tpm
