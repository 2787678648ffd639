// leafgate_leaf: a leaf without IP registers through leafgate, over a serial line or the site's MQTT broker.
//
// C99, no heap, of libc memcpy, memcmp and memset alone. One pair of files: copy both into the firmware. The
// messages and frames are those of adapters/wire/leaf_link.cddl; how to port this is in PORTING.md beside it.
//
// The leaf's key never enters this library: it stays behind the hooks. Nothing that a gateway says is acted
// on before it has proved itself (`auth`), by the device key or by the key whose SHA-256 is the pin.
// (`status` has no proof: it makes a leaf wait, for an hour at most.)
//
// All functions of one leaf are called from one thread, and never from an interrupt or from a hook.
#ifndef LEAFGATE_LEAF_H
#define LEAFGATE_LEAF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Payload of one frame of this leaf: 64, 128 or 240. Its RAM follows: 384, 448 or 560 octets.
#ifndef LEAFGATE_MTU
#define LEAFGATE_MTU 240
#endif
// Define LEAFGATE_TRUST_WIRE to let a leaf without a pin believe whoever sits at the other end of a wire that
// has only two ends. Never for RS-485 with more than two, and without any effect over a broker or on `sign`.

enum { LEAFGATE_SYMMETRIC_KEY = 1, LEAFGATE_X509 = 2, LEAFGATE_TPM = 3 };   // attestation
enum { LEAFGATE_ES256 = -7, LEAFGATE_PS256 = -37, LEAFGATE_RS256 = -257 };  // COSE
enum { LEAFGATE_SERIAL, LEAFGATE_BROKER };                                  // carrier
enum { LEAFGATE_HASH, LEAFGATE_HASH_BESIDE, LEAFGATE_MAC };                 // digest
enum { LEAFGATE_OK = 0, LEAFGATE_USAGE = -1, LEAFGATE_TOO_SMALL = -2, LEAFGATE_NO_RANDOM = -3 };
// DPS's operationIds have 55 octets. A leaf does not poll for one that is longer than this, but registers
// anew.
enum { LEAFGATE_OPERATION_SIZE = 128 };

typedef struct LeafgateSpan {
  const uint8_t* at;
  size_t size;
} LeafgateSpan;

// What `tell` is told.
enum {
  LEAFGATE_ASSIGNED,  // the end: hub, device and what else the gateway gives
  LEAFGATE_REFUSED,   // the gateway's word: error_code and reason; the end if `wait` is 0
  LEAFGATE_UNPROVEN,  // the gateway did not prove itself (other key on one side, or a false gateway); dropped
  LEAFGATE_NO_ANSWER,  // none within a minute, or the carrier took nothing
  LEAFGATE_FAILED,     // a hook failed, or the buffer is too small for what is to be published
  LEAFGATE_SIGNED      // gave the one signature of a TLS client; `reason` is its purpose
};

// Spans point into the message and end with the call. Texts are UTF-8 without a zero at their end.
typedef struct LeafgateNews {
  int what;
  int of;               // UNPROVEN: type of the message, 2 challenge 6 result 7 error 8 sign
  uint32_t wait;        // seconds until this leaf registers anew by itself; 0 if it does not
  uint32_t error_code;  // six digits, as DPS has them
  LeafgateSpan reason;
  LeafgateSpan assigned_hub;
  LeafgateSpan device_id;
  LeafgateSpan substatus;           // this and what follows: size 0 if there is none
  LeafgateSpan payload;             // JSON
  LeafgateSpan authentication_key;  // tpm: for TPM2_ActivateCredential
  LeafgateSpan issued[4];           // certificates in DER, the leaf's first
} LeafgateNews;

// What the firmware gives. Functions that return int return 0 for done.
typedef struct LeafgateHooks {
  // Serial: writes one frame (with RS-485, switches the driver). Broker: publishes one message, QoS 1, not
  // retained, on leafgate/v1/{registrationId}/up. The octets are the library's again when it returns.
  int (*tx)(void* user, const uint8_t* octets, size_t size);

  // Three digests that may run at the same time: SHA-256 twice, and HMAC-SHA-256 with the device key (only
  // asked of a leaf with a symmetric key: the octets that the base64 of DPS stands for). A start without an
  // end before it begins anew.
  void (*digest_start)(void* user, int digest);
  void (*digest_add)(void* user, int digest, const uint8_t* octets, size_t size);
  void (*digest_end)(void* user, int digest, uint8_t out[32]);

  // ES256: whether `signature` (r || s) of a SHA-256 is by the key x || y; 0 if so. Null only where there is
  // neither pin nor LEAFGATE_TRUST_WIRE.
  int (*verify)(void* user, const uint8_t key[64], const uint8_t hash[32], const uint8_t signature[64]);
  // x509: signs a SHA-256. ES256 gives r || s; PS256 has a salt of 32 octets. `room` is 64 or more.
  int (*sign)(void* user, int scheme, const uint8_t hash[32], uint8_t* out, size_t room, size_t* size);
  // tpm: opens `blob` (the service's) and gives the HMAC-SHA-256 of sr followed by tail, by the key in it.
  int (*activate)(void* user, LeafgateSpan blob, LeafgateSpan sr, LeafgateSpan tail, uint8_t mac[32]);

  int (*random)(void* user, uint8_t* out, size_t size);  // of a generator fit for keys
  uint32_t (*now_ms)(void* user);                        // monotonic, from anywhere, wraps
  void (*tell)(void* user, const LeafgateNews* news);
} LeafgateHooks;

// Constant for the life of a leaf (flash); whatever it points to too.
typedef struct LeafgateConfig {
  LeafgateHooks hooks;
  void* user;  // first argument of every hook
  int carrier;
  int attestation;
  LeafgateSpan registration_id;  // text, 1 to 128 octets
  LeafgateSpan payload;          // a JSON value, up to 2,048 octets; size 0: none
  const uint8_t* pin;            // SHA-256 of the gateway's leaf-link key; null for none

  LeafgateSpan chain[4];         // x509: certificates in DER, the leaf's first; or in their place
  const uint8_t* thumbprint;     // x509: SHA-256 of the leaf's certificate in DER
  int schemes[3];                // x509: what it can sign with, best first; 0 ends
  bool whole_transcript;         // x509: a TLS 1.2 transcript is to be shown whole, not as its hash
  LeafgateSpan endorsement_key;  // tpm: TPM2B_PUBLIC
  LeafgateSpan storage_key;      // tpm: TPM2B_PUBLIC

  // Serial only.
  uint8_t uid[8];    // unlike any other's on the line (a serial number, the chip's id)
  uint8_t address;   // 1..239 fixed; 0 waits for one from the gateway
  uint16_t busy_ms;  // how long sign or activate take; above 200 the gateway is told to wait
} LeafgateConfig;

// One leaf. Its members are the library's.
typedef struct LeafgateLeaf {
  const LeafgateConfig* config;
  uint8_t* message;  // what is being heard; behind it, at the end, a signature until it was said
  uint32_t exchange;
  uint32_t heard;      // when this leaf was addressed last
  uint32_t due;        // when `timer` has run down
  uint32_t faults;     // frames dropped for a fault: CRC, COBS, header
  uint16_t room;       // of message
  uint16_t got;        // octets of the message heard up to here
  uint16_t came;       // the same, with those that were only hashed
  uint16_t hole;       // size of a transcript that was cut out of the message, and
  uint16_t hole_left;  // what of it has yet to come
  uint16_t said;       // octets of the own message that have arrived
  uint16_t flying;     // octets in the fragment that was said last
  uint16_t signature_size;
  uint16_t frame_size;
  uint8_t phase, timer, tries;
  uint8_t saying;  // type of the own message; 0 none
  uint8_t said_index;
  uint8_t next_index;  // of the fragment to be heard
  uint8_t operation_size;
  uint8_t address;
  uint8_t last_number, last_type, last_code;  // the answer to the last POLL or DATA
  uint8_t cobs_left;
  bool cobs_zero, frame_bad, muted, work, last_known, final_flying, sign_used;
  uint8_t boot_nonce[4];
  uint8_t leaf_nonce[16];
  uint8_t gateway_nonce[32];
  uint8_t register_hash[32];
  uint8_t messages_hash[32];
  uint8_t operation[LEAFGATE_OPERATION_SIZE];
  uint8_t frame[LEAFGATE_MTU + 12];
} LeafgateLeaf;

// `message` (octets, `room`) belongs to the leaf from now on. Serial: 384 do for symmetricKey and ES256, 640
// for RSA of 2048 bits, 1,280 for tpm; a longer payload in the answer needs as much more. Broker: also the
// whole of what is published. Returns LEAFGATE_USAGE where the configuration lacks or contradicts something.
int leafgate_leaf_init(LeafgateLeaf* leaf, const LeafgateConfig* config, uint8_t* message, size_t room);

// Registers, again and again with growing pauses, until it is assigned or refused for good; `tell` says what
// comes of it. An attempt that is under way is given up.
int leafgate_leaf_register(LeafgateLeaf* leaf);
void leafgate_leaf_stop(LeafgateLeaf* leaf);
// Whether the gateway has proved itself in the attempt that is under way.
bool leafgate_leaf_knows_gateway(const LeafgateLeaf* leaf);

// Serial: what came from the line. Broker: one message that came on leafgate/v1/{registrationId}/down; it may
// not lie in the leaf's own buffer.
void leafgate_leaf_octets(LeafgateLeaf* leaf, const uint8_t* octets, size_t size);
void leafgate_leaf_message(LeafgateLeaf* leaf, const uint8_t* octets, size_t size);

// Call often, and after octets or a message at once: it does the slow work and looks at the time.
void leafgate_leaf_tick(LeafgateLeaf* leaf);
// Milliseconds for which tick has nothing to do unless something comes; 1,000 at most.
uint32_t leafgate_leaf_idle(const LeafgateLeaf* leaf);

#ifdef __cplusplus
}
#endif
#endif
