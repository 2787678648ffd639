// What the daemon does when it learns what time it is.
#include "gateway/app/application_parts.hpp"

namespace leafgate {

void Application::watch_time() {
  flows_->time_watch.on_change([this] {
    reload_->look_at_certificates();
    if (flows_->service_api) flows_->service_api->sync.time_is_known();
  });
  begin(flows_->time_watch.run());
}

}  // namespace leafgate
