// The certificate by which the gateway shows itself to the site's broker: how long it lasts.
#include "gateway/app/certificates.hpp"
#include "gateway/runtime/log.hpp"
#include "gateway/runtime/offload.hpp"

namespace leafgate {

Task<void> Certificates::look_at_broker() {
  if (!of_broker_) co_return;
  const FileStamp stamp = stamp_of(of_broker_->pair);
  if (!(stamp == of_broker_->stamp)) {
    auto read = [pair = of_broker_->pair] {
      return crypto::ServerIdentity::load(pair.certificate, pair.key);
    };
    const auto identity = co_await offload(pool_, std::move(read));
    of_broker_->stamp = stamp;
    take_of_broker(identity);
  }
  if (of_broker_->info)
    tell_what_ends(of_broker_->pair.certificate, *of_broker_->info, of_broker_->told_ending_at);
}

void Certificates::take_of_broker(const Result<crypto::ServerIdentity>& read) {
  of_broker_->info.reset();
  of_broker_->told_ending_at.reset();
  if (read) of_broker_->info = read->info();
  if (!read) log::warning("the certificate for the broker cannot be used", {{"detail", read.error().detail}});
}

std::optional<ShownCertificate> Certificates::shown_to_broker() const {
  if (!of_broker_ || !of_broker_->info) return std::nullopt;
  const WallTime now = clock_.now().at;
  ShownCertificate row;
  row.file = of_broker_->pair.certificate;
  row.left = of_broker_->info->not_after - now;
  row.ends_soon = of_broker_->info->ends_soon(now);
  return row;
}

}  // namespace leafgate
