#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>

#include "tests/leaf/test/scripted_gateway.hpp"

namespace leafgate::leaf {
namespace {

using nlohmann::json;

constexpr const char* key_option = "--key vXyjCN9WmXMXNP2l7VNnSTiDmhM0NRJgA4O54l2sQbY=";

std::string assigned_body(const std::string& id) {
  return json{
      {"operationId", "4.op"},
      {"status", "assigned"},
      {"registrationState", {{"status", "assigned"}, {"assignedHub", "h.example.net"}, {"deviceId", id}}}}
      .dump();
}

Reply accepted() { return {false, 202, "&retry-after=1", R"({"operationId":"4.op","status":"assigning"})"}; }

struct Program : testing::Test {
  Program() {
    std::string pattern = (std::filesystem::temp_directory_path() / "leaf-XXXXXX").string();
    folder = mkdtemp(pattern.data());
  }
  ~Program() override {
    gateway.reset();
    std::filesystem::remove_all(folder);
  }
  void script(ScriptedGateway::Script how) { gateway.emplace(folder, std::move(how)); }

  // Runs the program; its last line of output as JSON, its exit status in `status`.
  json run(const std::string& options) {
    const std::string command = std::string(LEAF_PROGRAM) + " --host 127.0.0.1 --port " +
                                std::to_string(gateway->port()) + " --ca-file " + gateway->ca_file() +
                                " --id-scope 0ne00ABCDEF " + options + " 2>/dev/null";
    std::FILE* out = popen(command.c_str(), "r");
    std::string last;
    for (char line[4096]; std::fgets(line, sizeof line, out) != nullptr;) last = line;
    const int ended = pclose(out);
    status = WIFEXITED(ended) ? WEXITSTATUS(ended) : -1;
    return json::parse(last, nullptr, false);
  }
  std::vector<std::string> journal() const {
    std::ifstream in(folder + "/journal");
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    std::sort(lines.begin(), lines.end());
    return lines;
  }

  std::string folder;
  std::optional<ScriptedGateway> gateway;
  int status = -1;
};

TEST_F(Program, every_family_gets_a_direct_answer_or_polls) {
  script([](bool, const std::string& id) { return Reply{false, 200, "", assigned_body(id)}; });
  for (const char* family : {"node", "python", "c", "csharp", "embedded-c"}) {
    const json line = run(std::string(key_option) + " --registration-id d-1 --client-family " + family);
    EXPECT_EQ(status, 0) << family << line;
    EXPECT_EQ(line["status"], "assigned");
    EXPECT_EQ(line["assignedHub"], "h.example.net");
    EXPECT_EQ(line["deviceId"], "d-1");
    EXPECT_TRUE(line["direct"]);
  }
}

TEST_F(Program, polls_until_assigned_and_writes_its_journal) {
  script([](bool put, const std::string& id) {
    return put ? accepted() : Reply{false, 200, "", assigned_body(id)};
  });
  const json line =
      run(std::string(key_option) + " --registration-id d-1 --tls 1.2 --server-name gateway.test --journal " +
          folder + "/journal");
  EXPECT_EQ(status, 0) << line;
  EXPECT_FALSE(line["direct"]);
  EXPECT_GE(line["millis"], 1000);
  EXPECT_EQ(journal(), (std::vector<std::string>{"acked d-1 4.op", "assigned d-1 h.example.net d-1 4.op"}));
}

TEST_F(Program, tells_a_refusal_with_its_code) {
  script([](bool, const std::string&) {
    return Reply{false, 401, "", R"({"errorCode":401000,"message":"Unauthorized"})"};
  });
  const json line = run(std::string(key_option) + " --registration-id d-1");
  EXPECT_EQ(status, 1);
  EXPECT_EQ(line["status"], "refused");
  EXPECT_EQ(line["httpStatus"], 401);
  EXPECT_EQ(line["errorCode"], 401000);
  EXPECT_EQ(line["message"], "Unauthorized");
}

TEST_F(Program, has_a_status_for_each_end) {
  script([](bool, const std::string&) { return Reply{true, 0, "", ""}; });
  EXPECT_EQ(run(std::string(key_option) + " --registration-id d-1")["status"], "no-answer");
  EXPECT_EQ(status, 3);
  run(std::string(key_option) + " --registration-id d-1 --server-name other.test");
  EXPECT_EQ(status, 3);
  for (const char* wrong : {"--registration-id d-1", "--registration-id d-1 --key %%%",
                            "--registration-id d-1 --key aGk= --client-family rust",
                            "--key aGk=", "--registration-id d-1 --key aGk= --payload {"}) {
    run(wrong);
    EXPECT_EQ(status, 2) << wrong;
  }
}

TEST_F(Program, says_when_the_gateway_breaks_a_rule) {
  script([](bool, const std::string&) { return Reply{false, 200, "", "[]"}; });
  EXPECT_EQ(run(std::string(key_option) + " --registration-id d-1")["message"],
            "the body is not a JSON object");
  EXPECT_EQ(status, 4);
}

TEST_F(Program, runs_a_fleet_and_sums_it_up) {
  script([](bool, const std::string& id) { return Reply{false, 200, "", assigned_body(id)}; });
  const json sum =
      run("--group-key aGVsbG8= --id-prefix m- --count 20 --concurrency 6 --repeat 2 --sources 3 "
          "--client-family c --direct-only --journal " +
          folder + "/journal");
  EXPECT_EQ(status, 0) << sum;
  EXPECT_EQ(sum["visits"], 40);
  EXPECT_EQ(sum["assigned"], 40);
  EXPECT_EQ(sum["direct"], 40);
  EXPECT_EQ(sum["changed"], 0);
  EXPECT_GT(sum["perSecond"], 0);
  EXPECT_EQ(journal().size(), 40U);
  EXPECT_EQ(journal().front(), "assigned m-0 h.example.net m-0 4.op");
}

TEST_F(Program, a_fleet_comes_again_after_a_lost_connection) {
  std::map<std::string, int> visits;
  script([&visits](bool, const std::string& id) {
    return ++visits[id] == 1 ? Reply{true, 0, "", ""} : Reply{false, 200, "", assigned_body(id)};
  });
  const json sum = run(std::string(key_option) +
                       " --id-prefix m- --first 5 --count 3 --concurrency 3 --retry "
                       "--retry-delay 10 --journal " +
                       folder + "/journal");
  EXPECT_EQ(status, 0) << sum;
  EXPECT_EQ(sum["connectionsLost"], 3);
  EXPECT_EQ(sum["assigned"], 3);
  EXPECT_EQ(journal().back(), "lost m-7");
  EXPECT_EQ(gateway->connections(), 6);
}

TEST_F(Program, a_fleet_notices_another_result_in_a_later_pass) {
  int answers = 0;
  script([&answers](bool, const std::string&) {
    return Reply{false, 200, "", assigned_body("other-" + std::to_string(++answers))};
  });
  EXPECT_EQ(run(std::string(key_option) + " --id-prefix m- --count 1 --repeat 3")["changed"], 2);
}

}  // namespace
}  // namespace leafgate::leaf
