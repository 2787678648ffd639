#include "tests/bench/talk.hpp"

#include "tests/bench/https_talk.hpp"
#include "tests/bench/mqtt_talk.hpp"

namespace leafgate::bench {

std::unique_ptr<Talk> make_talk(Target target, const Script& script) {
  if (target == Target::https) return make_https_talk(script);
  return std::make_unique<MqttTalk>(target, script);
}

}  // namespace leafgate::bench
