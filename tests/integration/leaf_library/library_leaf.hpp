#pragma once

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include <openssl/evp.h>

#include "adapters/leaf/leafgate_leaf.h"
#include "adapters/leaf/program/digests.hpp"
#include "tests/fakes/model_leaf.hpp"

namespace leafgate {

// The C library as one end of a wire in virtual time.
class LibraryLeaf final : public serial::LeafEnd {
 public:
  // What of its news the tests ask for.
  struct News {
    int what = -1;
    std::uint32_t error_code = 0;
    std::string hub;
    std::size_t authentication_key = 0;
  };

  LibraryLeaf(std::string id, int attestation, std::string device_key, std::string_view pin);
  LibraryLeaf(const LibraryLeaf&) = delete;

  // Apart, so that a test can change `config` before. Throws std::runtime_error.
  void start();

  Bytes hear(ByteView octets, TimePoint now) override;

  [[nodiscard]] bool is_assigned() const { return last().what == LEAFGATE_ASSIGNED; }
  [[nodiscard]] News last() const { return news.empty() ? News() : news.back(); }
  [[nodiscard]] const LeafgateLeaf& state() const { return leaf_; }

  LeafgateConfig config{};
  std::vector<News> news;
  std::vector<std::string> chain;
  EVP_PKEY* key = nullptr;  // x509, not owned
  std::string tpm_key;

 private:
  void add_hooks();

  std::string id_, pin_;
  device::Digests digests_;
  std::vector<std::uint8_t> message_;
  std::mt19937 random_;
  LeafgateLeaf leaf_{};
  TimePoint now_{};
  Bytes said_;
};

}  // namespace leafgate
