#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <openssl/ssl.h>

#include "adapters/tunnel/splice.hpp"
#include "gateway/model/bytes.hpp"
#include "tests/fakes/test_pki.hpp"

namespace leafgate::tunnel {

// How a leaf and a service meet.
struct Meeting {
  int version = TLS1_2_VERSION;
  bool rsa = false;            // keys of the leaf; else P-256
  bool shows = true;           // the leaf has a certificate, for press-7
  bool leaf_trusts = true;     // the service's CA
  bool service_trusts = true;  // the leaf's
  unsigned fragment = 0;       // octets of the leaf's records at most; 0: as OpenSSL likes
  const char* server_name = "dps.example";
  bool speaks = true;  // after the handshake: a request and its answer
};

// What two ends of TLS say to each other, made by OpenSSL on both sides, piece by piece.
class Conversation {
 public:
  struct Piece {
    Side from;
    Bytes octets;
  };

  explicit Conversation(const Meeting& meeting) {
    const Context leaf = leaf_context(meeting);
    const Context service = service_context(meeting);
    End near(leaf.get());
    End far(service.get());
    SSL_set_connect_state(near.ssl.get());
    SSL_set_accept_state(far.ssl.get());
    SSL_set_tlsext_host_name(near.ssl.get(), meeting.server_name);
    bool more = true;
    while (more) {
      near.works = near.works && shakes(near);
      more = move(near, far, Side::leaf);
      far.works = far.works && shakes(far);
      more = move(far, near, Side::far) || more;
    }
    if (near.works && far.works && meeting.speaks) {
      say(near, far, Side::leaf, "a request");
      say(far, near, Side::far, "its answer");
    }
  }

  [[nodiscard]] const std::vector<Piece>& pieces() const { return pieces_; }
  [[nodiscard]] std::size_t octets() const {
    std::size_t all = 0;
    for (const Piece& piece : pieces_) all += piece.octets.size();
    return all;
  }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  using Context = std::unique_ptr<SSL_CTX, Free>;
  struct End {
    explicit End(SSL_CTX* context)
        : ssl(SSL_new(context)), in(BIO_new(BIO_s_mem())), out(BIO_new(BIO_s_mem())) {
      SSL_set_bio(ssl.get(), in, out);
    }
    std::unique_ptr<SSL, Free> ssl;
    BIO* in;
    BIO* out;
    bool works = true;
  };

  // The site's parts are made once: keys take their time.
  static const TestCertificate& ca() {
    static const TestCertificate made = make_test_certificate("service ca", "");
    return made;
  }
  static const TestCertificate& leaf() {
    static const TestCertificate made = make_test_certificate("press-7", "", &ca());
    return made;
  }
  static const TestCertificate& leaf_with_rsa() {
    static const TestCertificate made = make_test_certificate("press-7", "", &ca(), 90, EVP_RSA_gen(2048));
    return made;
  }
  static Context leaf_context(const Meeting& meeting) {
    Context context(SSL_CTX_new(TLS_client_method()));
    prepare(context.get(), meeting);
    if (meeting.fragment != 0) SSL_CTX_set_max_send_fragment(context.get(), meeting.fragment);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    if (meeting.leaf_trusts) trust(context.get());
    if (meeting.shows) use(context.get(), meeting.rsa ? leaf_with_rsa() : leaf());
    return context;
  }
  static Context service_context(const Meeting& meeting) {
    static const TestCertificate server = make_test_certificate("service", "DNS:dps.example", &ca());
    Context context(SSL_CTX_new(TLS_server_method()));
    prepare(context.get(), meeting);
    use(context.get(), server);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    if (meeting.service_trusts) trust(context.get());
    return context;
  }
  static void prepare(SSL_CTX* context, const Meeting& meeting) {
    SSL_CTX_set_min_proto_version(context, meeting.version);
    SSL_CTX_set_max_proto_version(context, meeting.version);
  }
  static void trust(SSL_CTX* context) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca().certificate.get());
  }
  static void use(SSL_CTX* context, const TestCertificate& what) {
    SSL_CTX_use_certificate(context, what.certificate.get());
    SSL_CTX_use_PrivateKey(context, what.key.get());
  }
  static bool shakes(End& end) {
    const int done = SSL_do_handshake(end.ssl.get());
    if (done == 1) {
      char octet = 0;  // takes tickets and alerts that come behind
      const int got = SSL_read(end.ssl.get(), &octet, 1);
      return SSL_get_error(end.ssl.get(), got) == SSL_ERROR_WANT_READ;
    }
    return SSL_get_error(end.ssl.get(), done) == SSL_ERROR_WANT_READ;
  }
  bool move(const End& from, const End& to, Side side) {
    char* octets = nullptr;
    const long size = BIO_get_mem_data(from.out, &octets);
    if (size <= 0) return false;
    Piece piece{side, Bytes(octets, octets + size)};
    BIO_write(to.in, octets, static_cast<int>(size));
    (void)BIO_reset(from.out);
    pieces_.push_back(std::move(piece));
    return true;
  }
  void say(const End& from, const End& to, Side side, std::string_view what) {
    SSL_write(from.ssl.get(), what.data(), static_cast<int>(what.size()));
    move(from, to, side);
  }

  std::vector<Piece> pieces_;
};

}  // namespace leafgate::tunnel
