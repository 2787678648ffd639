#include "adapters/mqtt/topic.hpp"

#include <gtest/gtest.h>

namespace leafgate::mqtt::topic_test {
namespace {

TEST(Topic, requests_are_read) {
  const struct {
    std::string topic;
    Operation operation;
    const char* rid;
    const char* operation_id;
  } rows[] = {
      {"$dps/registrations/PUT/iotdps-register/?$rid=1", Operation::register_device, "1", ""},
      {"$dps/registrations/PUT/iotdps-register/?$rid=9d0b0d9e-6e1b-4f4e-8a52-000000000000",
       Operation::register_device, "9d0b0d9e-6e1b-4f4e-8a52-000000000000", ""},
      {"$dps/registrations/PUT/iotdps-register/?$rid=a%20b=c", Operation::register_device, "a%20b=c", ""},
      {"$dps/registrations/PUT/iotdps-register/?other=1&$rid=1&flag", Operation::register_device, "1", ""},
      {"$dps/registrations/PUT/iotdps-register/?$rid=1&operationId=x", Operation::register_device, "1", ""},
      {"$dps/registrations/GET/iotdps-get-operationstatus/?$rid=2&operationId=5.0a.b-c", Operation::poll, "2",
       "5.0a.b-c"},
      {"$dps/registrations/GET/iotdps-get-operationstatus/?operationId=5.0a&$rid=2", Operation::poll, "2",
       "5.0a"},
      {"$dps/registrations/GET/iotdps-get-operationstatus/?$rid=2&operationId=5%2E0a", Operation::poll, "2",
       "5.0a"},
      {"$dps/registrations/GET/iotdps-get-operationstatus/?$rid=2&operationId=5%", Operation::poll, "2",
       "5%"},
      {"$dps/registrations/GET/iotdps-get-operationstatus/?$rid=2", Operation::poll, "2", ""},
  };
  for (const auto& row : rows) {
    const auto parsed = parse_request_topic(row.topic);
    ASSERT_TRUE(parsed) << row.topic;
    EXPECT_EQ(parsed->operation, row.operation) << row.topic;
    EXPECT_EQ(parsed->rid, row.rid);
    EXPECT_EQ(parsed->operation_id, row.operation_id);
  }
}

TEST(Topic, others_are_refused) {
  const struct {
    const char* topic;
    Errc code;
  } rows[] = {
      {"a", Errc::unsupported},
      {"$dps/registrations/res/202/?$rid=1", Errc::unsupported},
      {"$dps/registrations/PUT/iotdps-register?$rid=1", Errc::unsupported},
      {"$dps/registrations/put/iotdps-register/?$rid=1", Errc::unsupported},
      {"$dps/registrations/GET/iotdps-register/?$rid=1", Errc::unsupported},
      {"$iothub/twin/GET/?$rid=1", Errc::unsupported},
      {"devices/leaf-1/messages/events/", Errc::unsupported},
      {"x$dps/registrations/PUT/iotdps-register/?$rid=1", Errc::unsupported},
      {"$dps/registrations/PUT/iotdps-register/?", Errc::malformed},
      {"$dps/registrations/PUT/iotdps-register/?rid=1", Errc::malformed},
      {"$dps/registrations/PUT/iotdps-register/?$rid", Errc::malformed},
      {"$dps/registrations/PUT/iotdps-register/?$rid=", Errc::malformed},
      {"$dps/registrations/PUT/iotdps-register/?$rid=1&$rid=1", Errc::malformed},
      {"$dps/registrations/GET/iotdps-get-operationstatus/?$rid=1&operationId=a&operationId=b",
       Errc::malformed},
  };
  for (const auto& row : rows) {
    const auto parsed = parse_request_topic(row.topic);
    ASSERT_FALSE(parsed) << row.topic;
    EXPECT_EQ(parsed.error().code, row.code) << row.topic;
  }
}

TEST(Topic, of_a_response_has_the_rid_first_and_as_it_came) {
  EXPECT_EQ(response_topic(202, "1", Seconds(3)), "$dps/registrations/res/202/?$rid=1&retry-after=3");
  EXPECT_EQ(response_topic(200, "a%20b=c", Seconds(0)), "$dps/registrations/res/200/?$rid=a%20b=c");
}

}  // namespace
}  // namespace leafgate::mqtt::topic_test
