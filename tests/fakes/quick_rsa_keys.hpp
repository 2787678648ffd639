#pragma once

#include <algorithm>
#include <memory>
#include <random>
#include <span>
#include <vector>

#include "tests/fakes/tpm_rsa_key.hpp"

namespace leafgate {

// RSA keys that are good against nobody, for runs of tens of thousands of rounds: the modulus has eight
// primes of 256 bits, so that decrypting costs a tenth, and keys share primes, so that a new one costs
// nothing. Whoever has the public part alone encrypts to them as to any other.
class QuickRsaKeys {
  static constexpr int prime_bits = 256;
  static constexpr std::size_t primes_of_a_key = 8;
  static constexpr std::size_t primes_drawn_from = 40;
  static constexpr BN_ULONG exponent = 65'537;

  struct Free {
    void operator()(BIGNUM* number) const { BN_free(number); }
    void operator()(BN_CTX* context) const { BN_CTX_free(context); }
    void operator()(BN_MONT_CTX* context) const { BN_MONT_CTX_free(context); }
  };
  using Number = std::unique_ptr<BIGNUM, Free>;
  using Context = std::unique_ptr<BN_CTX, Free>;

  struct Prime {
    Number p{BN_new()};
    Number d{BN_new()};  // exponent * d = 1 mod p - 1
    std::unique_ptr<BN_MONT_CTX, Free> by{BN_MONT_CTX_new()};
  };
  using Primes = std::vector<std::shared_ptr<const Prime>>;

  class Key final : public TpmRsaKey {
   public:
    explicit Key(Primes primes) : primes_(std::move(primes)) {
      const Context context(BN_CTX_new());
      BN_one(n_.get());
      for (const auto& each : primes_) BN_mul(n_.get(), n_.get(), each->p.get(), context.get());
      for (const auto& each : primes_) {
        Number others(BN_new());
        BN_div(others.get(), nullptr, n_.get(), each->p.get(), context.get());
        const Number inverse(BN_mod_inverse(nullptr, others.get(), each->p.get(), context.get()));
        BN_mul(others.get(), others.get(), inverse.get(), context.get());
        parts_.push_back(std::move(others));
      }
    }
    [[nodiscard]] Bytes modulus() const override { return octets(n_.get()); }
    [[nodiscard]] Bytes decrypt(const Bytes& sealed, const std::string& label) const override {
      const Context context(BN_CTX_new());
      const Number given(BN_bin2bn(sealed.data(), static_cast<int>(sealed.size()), nullptr));
      const Number rest(BN_new());
      const Number sum(BN_new());
      if (sealed.size() != 256 || BN_cmp(given.get(), n_.get()) >= 0) return {};
      BN_zero(sum.get());
      for (std::size_t i = 0; i < primes_.size(); ++i) {
        const Prime& prime = *primes_[i];
        BN_mod(rest.get(), given.get(), prime.p.get(), context.get());
        BN_mod_exp_mont(rest.get(), rest.get(), prime.d.get(), prime.p.get(), context.get(), prime.by.get());
        BN_mul(rest.get(), rest.get(), parts_[i].get(), context.get());
        BN_add(sum.get(), sum.get(), rest.get());
      }
      BN_mod(sum.get(), sum.get(), n_.get(), context.get());
      return unpadded(octets(sum.get()), label);
    }

   private:
    static Bytes octets(const BIGNUM* number) {
      Bytes out(256);
      BN_bn2binpad(number, out.data(), 256);
      return out;
    }
    static Bytes sha256(ByteView data) {
      Bytes out(32);
      EVP_Digest(data.data(), data.size(), out.data(), nullptr, EVP_sha256(), nullptr);
      return out;
    }
    // MGF1 (RFC 8017, B.2.1), onto `data`.
    static void unmask(std::span<std::uint8_t> data, Bytes seed) {
      seed.resize(seed.size() + 4);
      for (std::size_t at = 0; at < data.size(); at += 32) {
        seed.back() = static_cast<std::uint8_t>(at / 32);
        const Bytes mask = sha256(seed);
        for (std::size_t i = 0; i < std::min<std::size_t>(32, data.size() - at); ++i) data[at + i] ^= mask[i];
      }
    }
    // EME-OAEP decoding (RFC 8017, 7.1.2).
    static Bytes unpadded(Bytes message, const std::string& label) {
      const std::span<std::uint8_t> seed = std::span(message).subspan(1, 32);
      const std::span<std::uint8_t> block = std::span(message).subspan(33);
      unmask(seed, Bytes(block.begin(), block.end()));
      unmask(block, Bytes(seed.begin(), seed.end()));
      const Bytes of_label = sha256(as_bytes(label));
      const auto one = std::find_if(block.begin() + 32, block.end(), [](auto octet) { return octet != 0; });
      const bool good = message.front() == 0 && std::equal(of_label.begin(), of_label.end(), block.begin()) &&
                        one != block.end() && *one == 1;
      return good ? Bytes(one + 1, block.end()) : Bytes();
    }

    Primes primes_;
    Number n_{BN_new()};
    std::vector<Number> parts_;  // 1 mod the prime of the same place, 0 mod the others
  };

 public:
  QuickRsaKeys() {
    while (primes_.size() < primes_drawn_from) primes_.push_back(prime());
  }

  [[nodiscard]] std::shared_ptr<const TpmRsaKey> next() {
    std::shuffle(primes_.begin(), primes_.end(), engine_);
    return std::make_shared<const Key>(Primes(primes_.begin(), primes_.begin() + primes_of_a_key));
  }

 private:
  // Near to the largest, so that the product of eight has all its bits.
  std::shared_ptr<const Prime> prime() {
    const Context context(BN_CTX_new());
    auto out = std::make_shared<Prime>();
    bool good = false;
    while (!good) {
      Bytes octets(prime_bits / 8);
      for (auto& octet : octets) octet = static_cast<std::uint8_t>(engine_());
      octets.front() = 0xff;
      octets.back() |= 1U;
      BN_bin2bn(octets.data(), prime_bits / 8, out->p.get());
      if (BN_check_prime(out->p.get(), context.get(), nullptr) != 1) continue;
      const Number e(BN_new());
      const Number less(BN_dup(out->p.get()));
      BN_set_word(e.get(), exponent);
      BN_sub_word(less.get(), 1);
      good = BN_mod_inverse(out->d.get(), e.get(), less.get(), context.get()) != nullptr;
    }
    BN_MONT_CTX_set(out->by.get(), out->p.get(), context.get());
    return out;
  }

  std::mt19937_64 engine_{1};
  Primes primes_;
};

}  // namespace leafgate
