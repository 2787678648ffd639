#include "leafgate_leaf.h"

#include <string.h>

// Keeps what only one message needs off the stack of the others.
#if defined(__GNUC__)
#define APART __attribute__((noinline))
#else
#define APART
#endif

// Messages, and what this leaf holds of an attempt (adapters/wire/leaf_link.cddl).
enum { REGISTER = 1, CHALLENGE, PROOF, STATUS, POLL, RESULT, ERROR, SIGN, SIGNATURE };
enum { IDLE, REGISTERING, PROVING };  // phase: nothing is acted on, register was begun, proof was begun
enum { NO_TIMER, ANSWER, POLL_AGAIN, ANEW };  // timer: an answer fails to come, ask again, register again

// Frames.
enum { F_POLL = 1, F_DATA, F_ACK, F_DISCOVER, F_ASSIGN, F_MUTE, F_HELLO, F_NAK, F_RESET = 11 };
enum { NAK_BUSY = 1, NAK_TOO_LARGE, NAK_ORDER, NAK_UNKNOWN };
enum { EVERYBODY = 255, NOBODY = 254, LAST_ADDRESS = 239 };
enum { HEADER = 4, CRC = 4, LEAD = 2 };  // LEAD: delimiter and COBS octet before the header on its way out
enum { NO_INDEX = 128 };                 // no fragment has it

enum { LONGEST_MESSAGE = 4096, LONGEST_WITH_TRANSCRIPT = 8192, LONGEST_TRANSCRIPT = 7680 };
enum { SLOW_MS = 200 };
#define ANSWER_MS 60000U     // the gateway's nonce lives as long
#define FORGOTTEN_MS 60000U  // without a word from the gateway: it may have been replaced
#define LONGEST_WAIT_S 3600U

// CBOR major types.
enum { UINT, NEGATIVE, BYTES, TEXT, ARRAY, MAP };
enum { HMAC256 = 5 };  // COSE

static uint32_t now(const LeafgateLeaf* leaf) { return leaf->config->hooks.now_ms(leaf->config->user); }

static bool passed(uint32_t at, uint32_t time) { return (int32_t)(time - at) >= 0; }

// In the same time whatever differs.
static bool equal32(const uint8_t* a, const uint8_t* b) {
  uint8_t differ = 0;
  for (size_t i = 0; i < 32; ++i) differ = (uint8_t)(differ | (a[i] ^ b[i]));
  return differ == 0;
}

static LeafgateSpan span(const void* at, size_t size) {
  const LeafgateSpan made = {(const uint8_t*)at, size};
  return made;
}

#define LITERAL(text) span(text, sizeof(text) - 1)

static void digest_start(const LeafgateLeaf* leaf, int digest) {
  leaf->config->hooks.digest_start(leaf->config->user, digest);
}

static void digest_add(const LeafgateLeaf* leaf, int digest, const uint8_t* octets, size_t size) {
  if (size != 0) leaf->config->hooks.digest_add(leaf->config->user, digest, octets, size);
}

static void digest_end(const LeafgateLeaf* leaf, int digest, uint8_t out[32]) {
  leaf->config->hooks.digest_end(leaf->config->user, digest, out);
}

static void hash_of(const LeafgateLeaf* leaf, LeafgateSpan octets, uint8_t out[32]) {
  digest_start(leaf, LEAFGATE_HASH);
  digest_add(leaf, LEAFGATE_HASH, octets.at, octets.size);
  digest_end(leaf, LEAFGATE_HASH, out);
}

// CRC-32C (Castagnoli), reflected, four bits at a time; little endian.
static void crc32c(const uint8_t* octets, size_t size, uint8_t out[CRC]) {
  static const uint32_t table[16] = {0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
                                     0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
                                     0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75};
  uint32_t crc = 0xffffffffU;
  for (size_t i = 0; i < size; ++i) {
    crc = (crc >> 4) ^ table[(crc ^ octets[i]) & 15U];
    crc = (crc >> 4) ^ table[(crc ^ (uint32_t)(octets[i] >> 4)) & 15U];
  }
  for (size_t i = 0; i < CRC; ++i) out[i] = (uint8_t)(~crc >> (8 * i));
}

// CBOR out: counted, hashed, or that part of it written which a fragment has room for. So an own message is
// never held as a whole, except where it is published.

enum { NO_DIGEST = -1 };
typedef struct Out {
  const LeafgateLeaf* leaf;
  int digest;   // into which it goes, or NO_DIGEST
  uint8_t* to;  // null: only counted
  size_t skip;
  size_t room;
  size_t total;
} Out;

static Out out_to(const LeafgateLeaf* leaf, int digest) {
  const Out out = {.leaf = leaf, .digest = digest};
  return out;
}

static void put(Out* out, const void* octets, size_t size) {
  const uint8_t* from = (const uint8_t*)octets;
  if (out->digest != NO_DIGEST) {
    digest_add(out->leaf, out->digest, from, size);
  } else if (out->to != NULL && out->total + size > out->skip && out->total < out->skip + out->room) {
    const size_t first = out->total < out->skip ? out->skip - out->total : 0;
    const size_t at = out->total + first - out->skip;
    const size_t left = out->room - at;
    memcpy(out->to + at, from + first, size - first < left ? size - first : left);
  }
  out->total += size;
}

static void put_head(Out* out, unsigned major, uint32_t value) {
  uint8_t head[5];
  size_t more = value < 24 ? 0 : value < 0x100 ? 1 : value < 0x10000 ? 2 : 4;
  head[0] = (uint8_t)(major << 5 | (more == 0 ? value : more == 1 ? 24U : more == 2 ? 25U : 26U));
  for (size_t i = 0; i < more; ++i) head[1 + i] = (uint8_t)(value >> (8 * (more - 1 - i)));
  put(out, head, 1 + more);
}

static void put_string(Out* out, unsigned major, const void* octets, size_t size) {
  put_head(out, major, (uint32_t)size);
  put(out, octets, size);
}

static void put_entry(Out* out, uint32_t key, unsigned major, const void* octets, size_t size) {
  put_head(out, UINT, key);
  put_string(out, major, octets, size);
}

// CBOR in: deterministic, or refused. Once bad it stays so.

typedef struct In {
  const uint8_t* at;
  const uint8_t* end;
  size_t hole;  // size of the octet string whose octets are not there
  bool bad;
} In;

static In reading(LeafgateSpan octets) {
  const In in = {.at = octets.at, .end = octets.at == NULL ? NULL : octets.at + octets.size};
  return in;
}

static uint64_t take_head(In* in, unsigned major) {
  if (in->bad || in->at == in->end || (unsigned)(*in->at >> 5) != major) {
    in->bad = true;
    return 0;
  }
  uint64_t value = *in->at++ & 31U;
  if (value < 24) return value;
  const unsigned more = value > 27 ? 0 : 1U << (value - 24);
  if (more == 0 || (size_t)(in->end - in->at) < more) {
    in->bad = true;
    return 0;
  }
  value = 0;
  for (unsigned i = 0; i < more; ++i) value = value << 8 | *in->at++;
  if (more == 1 ? value < 24 : value >> (4 * more) == 0) in->bad = true;  // there is a shorter form
  return value;
}

// RFC 3629: no overlong forms, no surrogates, nothing above 10FFFF.
static bool is_utf8(const uint8_t* at, size_t size) {
  static const uint32_t least[4] = {0, 0x80, 0x800, 0x10000};
  const uint8_t* end = at + size;
  while (at != end) {
    const uint8_t lead = *at++;
    const unsigned more = lead < 0x80 ? 0 : lead < 0xc0 ? 4 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    uint32_t point = more == 0 ? lead : lead & (0x3fU >> more);
    if (more == 4 || lead > 0xf4 || (size_t)(end - at) < more) return false;
    for (unsigned i = 0; i < more; ++i, ++at) {
      if ((*at & 0xc0U) != 0x80U) return false;
      point = point << 6 | (*at & 0x3fU);
    }
    if (more != 0 && (point < least[more] || point > 0x10ffff || point >> 11 == 27)) return false;
  }
  return true;
}

static LeafgateSpan take_string(In* in, unsigned major, size_t least, size_t most) {
  const uint64_t size = take_head(in, major);
  LeafgateSpan taken = span(in->at, (size_t)size);
  if (in->bad || size < least || size > most) {
    in->bad = true;
  } else if (major == BYTES && in->hole != 0 && size == in->hole) {
    in->hole = 0;
  } else if (size > (size_t)(in->end - in->at) || (major == TEXT && !is_utf8(in->at, (size_t)size))) {
    in->bad = true;
  } else {
    in->at += size;
  }
  return taken;
}

static const uint8_t* take_raw(In* in, size_t size) {
  const uint8_t* taken = in->at;
  if (in->bad || (size_t)(in->end - in->at) < size)
    in->bad = true;
  else
    in->at += size;
  return taken;
}

static void take_literal(In* in, const uint8_t* octets, size_t size) {
  const uint8_t* taken = take_raw(in, size);
  if (!in->bad && memcmp(taken, octets, size) != 0) in->bad = true;
}

static int take_scheme(In* in) {
  const uint64_t value = take_head(in, NEGATIVE);
  if (value != 6 && value != 36 && value != 256) in->bad = true;
  return in->bad ? 0 : -1 - (int)value;
}

// What a message from the gateway may hold: rows of the CDDL.
enum { F_UINT, F_TEXT, F_BYTES, F_CHAIN, F_SCHEME };
typedef struct Row {
  uint8_t type, key, form;
  bool required;
  uint16_t least, most;
} Row;
static const Row rows[] = {
    {CHALLENGE, 1, F_BYTES, true, 32, 32},   {CHALLENGE, 2, F_TEXT, true, 1, 64},
    {CHALLENGE, 3, F_BYTES, false, 1, 1024}, {CHALLENGE, 4, F_TEXT, false, 1, 256},
    {CHALLENGE, 5, F_UINT, false, 0, 0},     {STATUS, 1, F_TEXT, true, 1, 32},
    {STATUS, 2, F_TEXT, false, 1, 256},      {STATUS, 3, F_UINT, true, 0, 0},
    {RESULT, 1, F_TEXT, true, 1, 256},       {RESULT, 2, F_TEXT, true, 1, 128},
    {RESULT, 3, F_TEXT, false, 1, 64},       {RESULT, 4, F_TEXT, false, 1, 2048},
    {RESULT, 5, F_BYTES, false, 1, 1024},    {RESULT, 6, F_CHAIN, false, 1, 4},
    {ERROR, 1, F_UINT, true, 0, 0},          {ERROR, 2, F_TEXT, true, 1, 128},
    {ERROR, 3, F_UINT, false, 0, 0},         {SIGN, 1, F_SCHEME, true, 0, 0},
    {SIGN, 2, F_UINT, true, 0, 0},           {SIGN, 3, F_BYTES, true, 32, LONGEST_TRANSCRIPT},
    {SIGN, 4, F_TEXT, true, 1, 128},
};
enum { AUTH = 15, KEYS = 7 };

// A message, read. Spans point into it.
typedef struct Body {
  uint64_t exchange;
  const uint8_t* map;      // behind the head of the map
  const uint8_t* auth_at;  // where `auth` begins: the body is hashed up to here
  const uint8_t* key;      // of a signature: x || y; null: `value` is a MAC
  const uint8_t* value;
  uint8_t type, entries;
  LeafgateSpan field[KEYS];  // by key; size 0: not there. Of a number: its octets
} Body;

static const uint8_t cose_mac[] = {0x84, 0x43, 0xa1, 0x01, 0x05, 0xa0, 0xf6, 0x58, 0x20};
static const uint8_t cose_sign[] = {0x84, 0x43, 0xa1, 0x01, 0x26, 0xa1, 0x04, 0x58, 0x40};
static const uint8_t cose_tail[] = {0xf6, 0x58, 0x40};

static void take_auth(In* in, Body* body) {
  if ((size_t)(in->end - in->at) > 5 && in->at[4] == cose_mac[4]) {
    take_literal(in, cose_mac, sizeof cose_mac);
    body->value = take_raw(in, 32);
    return;
  }
  take_literal(in, cose_sign, sizeof cose_sign);
  body->key = take_raw(in, 64);
  take_literal(in, cose_tail, sizeof cose_tail);
  body->value = take_raw(in, 64);
}

static LeafgateSpan take_field(In* in, const Row* row) {
  const uint8_t* begin = in->at;
  if (row->form == F_TEXT) return take_string(in, TEXT, row->least, row->most);
  if (row->form == F_BYTES) return take_string(in, BYTES, row->least, row->most);
  if (row->form == F_SCHEME) take_scheme(in);
  if (row->form == F_UINT) take_head(in, UINT);
  if (row->form == F_CHAIN) {
    const uint64_t count = take_head(in, ARRAY);
    if (count < row->least || count > row->most) in->bad = true;
    for (uint64_t i = 0; !in->bad && i < count; ++i) take_string(in, BYTES, 1, 2048);
  }
  return span(begin, (size_t)(in->at - begin));
}

static const Row* row_of(uint8_t type, uint64_t key) {
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i)
    if (rows[i].type == type && rows[i].key == key) return &rows[i];
  return NULL;
}

static bool has_all(const Body* body) {
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i)
    if (rows[i].type == body->type && rows[i].required && body->field[rows[i].key].at == NULL) return false;
  return body->type == STATUS || body->value != NULL;
}

static void take_entry(In* in, Body* body, uint64_t* before) {
  const uint8_t* begin = in->at;
  const uint64_t key = take_head(in, UINT);
  const Row* row = row_of(body->type, key);
  if (in->bad || key <= *before) {
    in->bad = true;
  } else if (key == AUTH && body->type != STATUS) {
    body->auth_at = begin;
    take_auth(in, body);
  } else if (row != NULL) {
    body->field[key] = take_field(in, row);
  } else {
    in->bad = true;
  }
  *before = key;
}

static APART bool read_message(In* in, Body* body) {
  uint64_t before = 0;
  memset(body, 0, sizeof *body);
  if (take_head(in, ARRAY) != 3) return false;
  const uint64_t type = take_head(in, UINT);
  if (in->bad || row_of((uint8_t)(type > SIGN ? 0 : type), 1) == NULL) return false;
  body->type = (uint8_t)type;
  body->exchange = take_head(in, UINT);
  const uint64_t entries = take_head(in, MAP);
  if (in->bad || body->exchange > 0xffffffffU || entries > KEYS) return false;
  body->entries = (uint8_t)entries;
  body->map = in->at;
  for (uint64_t i = 0; !in->bad && i < entries; ++i) take_entry(in, body, &before);
  return !in->bad && in->at == in->end && has_all(body);
}

static uint64_t number(LeafgateSpan field) {
  In in = reading(field);
  return take_head(&in, UINT);
}

static LeafgateSpan protected_of(int scheme) {
  if (scheme == LEAFGATE_ES256) return LITERAL("\xa1\x01\x26");
  if (scheme == LEAFGATE_PS256) return LITERAL("\xa1\x01\x38\x24");
  if (scheme == LEAFGATE_RS256) return LITERAL("\xa1\x01\x39\x01\x00");
  return LITERAL("\xa1\x01\x05");
}

// auth-payload of a message from the gateway, or, with `binding`, proof-payload.
typedef struct Covered {
  LeafgateSpan binding;
  uint8_t type;
  bool with_nonce;          // of the gateway
  const uint8_t* messages;  // hash of those up to here
  const uint8_t* body;      // hash of the body
} Covered;

static void put_covered(Out* out, const Covered* covered) {
  const LeafgateLeaf* leaf = out->leaf;
  const LeafgateSpan id = leaf->config->registration_id;
  if (covered->binding.at != NULL) {
    put_head(out, ARRAY, 4);
    put_string(out, TEXT, id.at, id.size);
    put_string(out, BYTES, leaf->gateway_nonce, sizeof leaf->gateway_nonce);
    put_string(out, TEXT, covered->binding.at, covered->binding.size);
    put_string(out, BYTES, leaf->register_hash, 32);
    return;
  }
  put_head(out, ARRAY, 7);
  put_head(out, UINT, covered->type);
  put_head(out, UINT, leaf->exchange);
  put_string(out, TEXT, id.at, id.size);
  put_string(out, BYTES, leaf->leaf_nonce, sizeof leaf->leaf_nonce);
  put_string(out, BYTES, leaf->gateway_nonce, covered->with_nonce ? sizeof leaf->gateway_nonce : 0);
  put_string(out, BYTES, covered->messages, 32);
  put_string(out, BYTES, covered->body, 32);
}

// MAC_structure or Sig_structure of it, through `digest` (RFC 9052 sections 6.3 and 4.4).
static APART void seal(const LeafgateLeaf* leaf, const Covered* covered, int digest,
                       LeafgateSpan protected_header, uint8_t out32[32]) {
  const LeafgateSpan context = digest == LEAFGATE_MAC ? LITERAL("MAC0") : LITERAL("Signature1");
  const LeafgateSpan aad = covered->binding.at != NULL ? LITERAL("leaf") : LITERAL("gateway");
  Out count = out_to(leaf, NO_DIGEST);
  Out out = out_to(leaf, digest);
  put_covered(&count, covered);
  digest_start(leaf, digest);
  put_head(&out, ARRAY, 4);
  put_string(&out, TEXT, context.at, context.size);
  put_string(&out, BYTES, protected_header.at, protected_header.size);
  put_string(&out, BYTES, aad.at, aad.size);
  put_head(&out, BYTES, (uint32_t)count.total);
  put_covered(&out, covered);
  digest_end(leaf, digest, out32);
}

// Without a pin the other end of the wire is believed where a build was told so, but never for `sign`.
static bool trusts_wire(const LeafgateLeaf* leaf, uint8_t type) {
#ifdef LEAFGATE_TRUST_WIRE
  const bool built_so = true;
#else
  const bool built_so = false;
#endif
  return built_so && leaf->config->pin == NULL && leaf->config->carrier == LEAFGATE_SERIAL && type != SIGN;
}

static APART bool is_sealed(const LeafgateLeaf* leaf, const Body* body, const Covered* covered) {
  const LeafgateConfig* config = leaf->config;
  uint8_t sealed[32];
  if (body->key == NULL) {
    if (config->attestation != LEAFGATE_SYMMETRIC_KEY) return false;
    seal(leaf, covered, LEAFGATE_MAC, protected_of(HMAC256), sealed);
    return equal32(sealed, body->value);
  }
  hash_of(leaf, span(body->key, 64), sealed);
  if (config->pin == NULL ? !trusts_wire(leaf, body->type) : !equal32(sealed, config->pin)) return false;
  seal(leaf, covered, LEAFGATE_HASH, protected_of(LEAFGATE_ES256), sealed);
  return config->hooks.verify(config->user, body->key, sealed, body->value) == 0;
}

// SHA-256 of the body's map without `auth`, as if it were whole. A transcript went into it when it came.
static void hash_body(const LeafgateLeaf* leaf, const Body* body, bool has_hole, uint8_t out32[32]) {
  const uint8_t* from = has_hole ? body->field[3].at : body->map;
  if (!has_hole) {
    const uint8_t head = (uint8_t)(MAP << 5 | (body->entries - 1));
    digest_start(leaf, LEAFGATE_HASH);
    digest_add(leaf, LEAFGATE_HASH, &head, 1);
  }
  digest_add(leaf, LEAFGATE_HASH, from, (size_t)(body->auth_at - from));
  digest_end(leaf, LEAFGATE_HASH, out32);
}

static void tell(const LeafgateLeaf* leaf, const LeafgateNews* news) {
  leaf->config->hooks.tell(leaf->config->user, news);
}

static void tell_plain(const LeafgateLeaf* leaf, int what, int of, uint32_t wait) {
  const LeafgateNews news = {.what = what, .of = of, .wait = wait};
  tell(leaf, &news);
}

// Whether the gateway has proved itself in this message. An error may cross with a proof, or follow one that
// was lost: then it covers what was said before.
static APART bool is_proven(const LeafgateLeaf* leaf, const Body* body, bool has_hole) {
  const bool proving = leaf->phase == PROVING;
  uint8_t body_hash[32];
  Covered covered = {.type = body->type,
                     .body = body_hash,
                     .with_nonce = proving,
                     .messages = proving ? leaf->messages_hash : leaf->register_hash};
  hash_body(leaf, body, has_hole, body_hash);
  bool proven = is_sealed(leaf, body, &covered);
  if (!proven && body->type == ERROR && proving) {
    covered.messages = leaf->register_hash;
    proven = is_sealed(leaf, body, &covered);
  }
  if (!proven) tell_plain(leaf, LEAFGATE_UNPROVEN, body->type, 0);
  return proven;
}

static size_t scheme_count(const LeafgateConfig* config) {
  size_t count = 0;
  while (count < 3 && config->schemes[count] != 0) ++count;
  return count;
}

static size_t chain_count(const LeafgateConfig* config) {
  size_t count = 0;
  while (count < 4 && config->chain[count].size != 0) ++count;
  return count;
}

static void put_certificates(Out* out, const LeafgateConfig* config) {
  const size_t chain = chain_count(config);
  const size_t schemes = scheme_count(config);
  if (chain != 0) {
    put_head(out, UINT, 6);
    put_head(out, ARRAY, (uint32_t)chain);
    for (size_t i = 0; i < chain; ++i) put_string(out, BYTES, config->chain[i].at, config->chain[i].size);
  } else {
    put_entry(out, 7, BYTES, config->thumbprint, 32);
  }
  put_head(out, UINT, 10);
  put_head(out, ARRAY, (uint32_t)schemes);
  for (size_t i = 0; i < schemes; ++i) put_head(out, NEGATIVE, (uint32_t)(-1 - config->schemes[i]));
  if (config->whole_transcript) put(out, "\x0b\xf5", 2);  // true
}

static void put_register(Out* out) {
  const LeafgateConfig* config = out->leaf->config;
  const bool x509 = config->attestation == LEAFGATE_X509;
  uint32_t entries = 3;
  if (config->carrier == LEAFGATE_SERIAL) ++entries;
  if (config->payload.size != 0) ++entries;
  if (x509) entries += config->whole_transcript ? 3 : 2;
  if (config->attestation == LEAFGATE_TPM) entries += 2;
  put_head(out, MAP, entries);
  put_entry(out, 1, TEXT, config->registration_id.at, config->registration_id.size);
  put_head(out, UINT, 2);
  put_head(out, UINT, (uint32_t)config->attestation);
  put_entry(out, 3, BYTES, out->leaf->leaf_nonce, sizeof out->leaf->leaf_nonce);
  if (config->carrier == LEAFGATE_SERIAL) {
    put_head(out, UINT, 4);
    put_head(out, UINT, LEAFGATE_MTU);
  }
  if (config->payload.size != 0) put_entry(out, 5, TEXT, config->payload.at, config->payload.size);
  if (x509) put_certificates(out, config);
  if (config->attestation == LEAFGATE_TPM) {
    put_entry(out, 8, BYTES, config->endorsement_key.at, config->endorsement_key.size);
    put_entry(out, 9, BYTES, config->storage_key.at, config->storage_key.size);
  }
}

static const uint8_t* signature_of(const LeafgateLeaf* leaf) {
  return leaf->message + leaf->room - leaf->signature_size;
}

static void put_proof(Out* out) {
  const LeafgateLeaf* leaf = out->leaf;
  const bool signs = leaf->config->attestation == LEAFGATE_X509;
  const LeafgateSpan header = protected_of(signs ? leaf->config->schemes[0] : HMAC256);
  put_head(out, MAP, 1);
  if (leaf->config->attestation == LEAFGATE_TPM) {
    put_entry(out, 2, BYTES, signature_of(leaf), leaf->signature_size);
    return;
  }
  put_head(out, UINT, 1);
  put_head(out, ARRAY, 4);
  put_string(out, BYTES, header.at, header.size);
  put(out, "\xa0\xf6", 2);  // nothing unprotected, detached
  put_string(out, BYTES, signature_of(leaf), leaf->signature_size);
}

// The own message of this type.
static void put_message(Out* out, uint8_t type) {
  const LeafgateLeaf* leaf = out->leaf;
  put_head(out, ARRAY, 3);
  put_head(out, UINT, type);
  put_head(out, UINT, leaf->exchange);
  if (type == REGISTER) {
    put_register(out);
  } else if (type == PROOF) {
    put_proof(out);
  } else if (type == POLL) {
    put_head(out, MAP, 1);
    put_entry(out, 1, TEXT, leaf->operation, leaf->operation_size);
  } else {
    put_head(out, MAP, leaf->signature_size != 0);
    if (leaf->signature_size != 0) put_entry(out, 1, BYTES, signature_of(leaf), leaf->signature_size);
  }
}

static void set_timer(LeafgateLeaf* leaf, uint8_t timer, uint32_t ms) {
  leaf->timer = timer;
  leaf->due = now(leaf) + ms;
}

static void drop_heard(LeafgateLeaf* leaf) {
  leaf->work = false;
  leaf->got = leaf->came = leaf->hole = leaf->hole_left = 0;
  leaf->next_index = NO_INDEX;
}

static void drop_said(LeafgateLeaf* leaf) {
  leaf->said = leaf->flying = 0;
  leaf->said_index = 0;
  leaf->final_flying = false;
}

static void close_attempt(LeafgateLeaf* leaf) {
  leaf->phase = IDLE;
  leaf->timer = NO_TIMER;
  leaf->saying = 0;
  leaf->signature_size = 0;
  leaf->operation_size = 0;
  drop_said(leaf);
  drop_heard(leaf);
}

// From `least` ms to `least` + `spread`, so that leaves which lost the gateway together do not come back
// together.
static uint32_t jittered(LeafgateLeaf* leaf, uint32_t least, uint32_t spread) {
  uint32_t drawn = 0;
  if (leaf->config->hooks.random(leaf->config->user, (uint8_t*)&drawn, sizeof drawn) != 0) drawn = spread;
  return least + drawn % (spread + 1);
}

static uint32_t bounded_wait(uint64_t seconds) {
  return seconds < 1 ? 1 : seconds > LONGEST_WAIT_S ? LONGEST_WAIT_S : (uint32_t)seconds;
}

// 5 s doubling to 320 s, half to one and a half of it.
static APART void give_up(LeafgateLeaf* leaf, int what) {
  const uint32_t step = 5000U << (leaf->tries < 6 ? leaf->tries : 6);
  const uint32_t wait = jittered(leaf, step / 2, step);
  if (leaf->tries < 6) ++leaf->tries;
  close_attempt(leaf);
  set_timer(leaf, ANEW, wait);
  tell_plain(leaf, what, 0, (wait + 999) / 1000);
}

static void was_said(LeafgateLeaf* leaf) {
  const uint8_t type = leaf->saying;
  leaf->saying = 0;
  drop_said(leaf);
  if (type == PROOF || type == SIGNATURE) leaf->signature_size = 0;
  if (type == SIGNATURE && leaf->timer != NO_TIMER) return;  // a poll is due at its time; else one gave way
  set_timer(leaf, type == SIGNATURE ? POLL_AGAIN : ANSWER, type == SIGNATURE ? 1000U : ANSWER_MS);
}

static void publish(LeafgateLeaf* leaf) {
  Out out = {.leaf = leaf, .digest = NO_DIGEST, .to = leaf->message};
  out.room = (size_t)(leaf->room - leaf->signature_size);
  put_message(&out, leaf->saying);
  if (out.total > out.room)
    give_up(leaf, LEAFGATE_FAILED);
  else if (leaf->config->hooks.tx(leaf->config->user, leaf->message, out.total) != 0)
    give_up(leaf, LEAFGATE_NO_ANSWER);
  else
    was_said(leaf);
}

static void say(LeafgateLeaf* leaf, uint8_t type) {
  leaf->saying = type;
  drop_said(leaf);
  if (leaf->config->carrier == LEAFGATE_BROKER) publish(leaf);
}

static APART void begin(LeafgateLeaf* leaf) {
  uint8_t octets[4 + sizeof leaf->leaf_nonce];
  Out out = out_to(leaf, LEAFGATE_HASH);
  close_attempt(leaf);
  leaf->sign_used = false;
  if (leaf->config->hooks.random(leaf->config->user, octets, sizeof octets) != 0) {
    give_up(leaf, LEAFGATE_FAILED);
    return;
  }
  memcpy(&leaf->exchange, octets, 4);
  memcpy(leaf->leaf_nonce, octets + 4, sizeof leaf->leaf_nonce);
  digest_start(leaf, LEAFGATE_HASH);
  put_message(&out, REGISTER);
  digest_end(leaf, LEAFGATE_HASH, leaf->register_hash);
  leaf->phase = REGISTERING;
  say(leaf, REGISTER);
}

// Moves what a hook wrote at `from` to the end of the buffer, where it stays until it was said.
static void keep_signature(LeafgateLeaf* leaf, const uint8_t* from, size_t size) {
  uint8_t* to = leaf->message + leaf->room - size;
  for (size_t i = size; i != 0; --i) to[i - 1] = from[i - 1];
  leaf->signature_size = (uint16_t)size;
}

// Behind the first `used` octets of the buffer.
static bool sign_hash(LeafgateLeaf* leaf, int scheme, const uint8_t hash[32], size_t used) {
  const size_t room = leaf->room - used;
  size_t size = 0;
  if (room < 64) return false;
  if (leaf->config->hooks.sign(leaf->config->user, scheme, hash, leaf->message + used, room, &size) != 0)
    return false;
  if (size == 0 || size > room || size > 512 || (scheme == LEAFGATE_ES256 && size != 64)) return false;
  keep_signature(leaf, leaf->message + used, size);
  return true;
}

// HMAC of sr LF se: both as they stand in the challenge.
static bool open_challenge(LeafgateLeaf* leaf, const Body* body, uint8_t mac[32]) {
  uint8_t tail[21];
  size_t at = sizeof tail;
  uint64_t expires = number(body->field[5]);
  if (body->field[3].size == 0 || body->field[4].size == 0 || body->field[5].size == 0) return false;
  do {
    tail[--at] = (uint8_t)('0' + expires % 10);
    expires /= 10;
  } while (expires != 0);
  tail[--at] = '\n';
  const LeafgateSpan line = span(tail + at, sizeof tail - at);
  return leaf->config->hooks.activate(leaf->config->user, body->field[3], body->field[4], line, mac) == 0;
}

static APART bool make_proof(LeafgateLeaf* leaf, const Body* body, size_t used) {
  const int scheme = leaf->config->schemes[0];
  const Covered covered = {.binding = body->field[2]};
  uint8_t sealed[32];
  if (leaf->config->attestation == LEAFGATE_X509) {
    seal(leaf, &covered, LEAFGATE_HASH, protected_of(scheme), sealed);
    return sign_hash(leaf, scheme, sealed, used);
  }
  if (leaf->room - used < sizeof sealed) return false;
  if (leaf->config->attestation == LEAFGATE_TPM) {
    if (!open_challenge(leaf, body, sealed)) return false;
  } else {
    seal(leaf, &covered, LEAFGATE_MAC, protected_of(HMAC256), sealed);
  }
  keep_signature(leaf, sealed, sizeof sealed);
  return true;
}

// `used`: octets of it that lie in the leaf's own buffer.
static APART void challenge_heard(LeafgateLeaf* leaf, const Body* body, LeafgateSpan message, size_t used) {
  Out out = out_to(leaf, LEAFGATE_HASH);
  if (leaf->phase != REGISTERING || !is_proven(leaf, body, false)) return;
  memcpy(leaf->gateway_nonce, body->field[1].at, sizeof leaf->gateway_nonce);
  leaf->phase = PROVING;
  leaf->timer = NO_TIMER;
  if (!make_proof(leaf, body, used)) {
    give_up(leaf, LEAFGATE_FAILED);
    return;
  }
  digest_start(leaf, LEAFGATE_HASH);
  put_message(&out, REGISTER);
  digest_add(leaf, LEAFGATE_HASH, message.at, message.size);
  put_message(&out, PROOF);
  digest_end(leaf, LEAFGATE_HASH, leaf->messages_hash);
  say(leaf, PROOF);
}

// Nobody vouches for it: it makes the leaf wait, and what proves itself meanwhile is heard all the same.
static APART void status_heard(LeafgateLeaf* leaf, const Body* body) {
  const uint32_t wait = bounded_wait(number(body->field[3])) * 1000;
  const LeafgateSpan operation = body->field[2];
  if (leaf->saying != 0 && leaf->saying != SIGNATURE) return;
  if (operation.size != 0 && operation.size <= sizeof leaf->operation) {
    memcpy(leaf->operation, operation.at, operation.size);
    leaf->operation_size = (uint8_t)operation.size;
    set_timer(leaf, POLL_AGAIN, wait);
  } else {
    set_timer(leaf, ANEW, jittered(leaf, wait, wait / 4));
  }
}

static APART void result_heard(LeafgateLeaf* leaf, const Body* body) {
  LeafgateNews news = {.what = LEAFGATE_ASSIGNED,
                       .assigned_hub = body->field[1],
                       .device_id = body->field[2],
                       .substatus = body->field[3],
                       .payload = body->field[4],
                       .authentication_key = body->field[5]};
  if (leaf->phase != PROVING || !is_proven(leaf, body, false)) return;
  In in = reading(body->field[6]);
  const uint64_t count = take_head(&in, ARRAY);
  for (uint64_t i = 0; i < count; ++i) news.issued[i] = take_string(&in, BYTES, 1, 2048);
  close_attempt(leaf);
  leaf->tries = 0;
  tell(leaf, &news);
}

static APART void error_heard(LeafgateLeaf* leaf, const Body* body) {
  LeafgateNews news = {.what = LEAFGATE_REFUSED, .reason = body->field[2]};
  if (!is_proven(leaf, body, false)) return;
  news.error_code = (uint32_t)number(body->field[1]);
  close_attempt(leaf);
  if (body->field[3].size != 0) {
    news.wait = bounded_wait(number(body->field[3]));
    set_timer(leaf, ANEW, jittered(leaf, news.wait * 1000, news.wait * 250));
  }
  tell(leaf, &news);
}

enum { TLS13 = 1, TLS12_HASH = 2, TLS12_TRANSCRIPT = 3 };

// RFC 8446 section 4.4.3: nothing but a TLS 1.3 client's proof begins so.
static bool is_certificate_verify(LeafgateSpan content) {
  static const char context[] = "TLS 1.3, client CertificateVerify";  // with its zero
  if (content.size != 98 + 32 && content.size != 98 + 48) return false;
  for (size_t i = 0; i < 64; ++i)
    if (content.at[i] != ' ') return false;
  return memcmp(content.at + 64, context, sizeof context) == 0;
}

// A transcript begins with a ClientHello of TLS 1.2 (RFC 5246 sections 7.4 and 7.4.1.2).
static bool is_transcript(const uint8_t* at, size_t size) {
  return size >= 6 && at[0] == 1 && at[4] == 3 && at[5] == 3;
}

static bool offers(const LeafgateConfig* config, int scheme) {
  for (size_t i = 0; i < scheme_count(config); ++i)
    if (config->schemes[i] == scheme) return true;
  return false;
}

// SHA-256 of what is to be signed, if that is something this leaf signs.
static bool hash_to_sign(const LeafgateLeaf* leaf, const Body* body, bool has_hole, int scheme,
                         uint8_t out32[32]) {
  const LeafgateSpan content = body->field[3];
  const uint64_t form = number(body->field[2]);
  if (form == TLS12_HASH && !leaf->config->whole_transcript && content.size == 32) {
    memcpy(out32, content.at, 32);
    return true;
  }
  if (has_hole) {
    digest_end(leaf, LEAFGATE_HASH_BESIDE, out32);
    return true;
  }
  // RFC 8446 section 4.2.3: no PKCS #1 v1.5 in a CertificateVerify.
  if (!(form == TLS13 && scheme != LEAFGATE_RS256 && is_certificate_verify(content)) &&
      !(form == TLS12_TRANSCRIPT && is_transcript(content.at, content.size)))
    return false;
  hash_of(leaf, content, out32);
  return true;
}

// Once per attempt, after the leaf's own proof, for a gateway that it knows by its pin; else it says no, or
// to a gateway that did not prove itself nothing.
static APART void sign_heard(LeafgateLeaf* leaf, const Body* body, bool has_hole) {
  const LeafgateNews news = {.what = LEAFGATE_SIGNED, .reason = body->field[4]};
  uint8_t hash[32];
  if (leaf->phase != PROVING || leaf->config->attestation != LEAFGATE_X509) return;
  if (leaf->saying != 0 && leaf->saying != POLL) return;
  if (leaf->config->pin == NULL) {
    say(leaf, SIGNATURE);
    return;
  }
  if (!is_proven(leaf, body, has_hole)) return;
  In in = reading(body->field[1]);
  const int scheme = take_scheme(&in);
  if (!leaf->sign_used && offers(leaf->config, scheme) && hash_to_sign(leaf, body, has_hole, scheme, hash)) {
    leaf->sign_used = true;
    tell(leaf, &news);
    // The message has been used up: its place is the signature's.
    if (!sign_hash(leaf, scheme, hash, 0)) leaf->signature_size = 0;
  }
  say(leaf, SIGNATURE);
}

// `used` octets of it lie in the leaf's own buffer.
static APART void message_heard(LeafgateLeaf* leaf, LeafgateSpan message, size_t used) {
  const bool has_hole = leaf->hole != 0;
  In in = reading(message);
  Body body;
  in.hole = leaf->hole;
  if (leaf->phase == IDLE || !read_message(&in, &body) || body.exchange != leaf->exchange) return;
  if (body.type == CHALLENGE)
    challenge_heard(leaf, &body, message, used);
  else if (body.type == STATUS)
    status_heard(leaf, &body);
  else if (body.type == RESULT)
    result_heard(leaf, &body);
  else if (body.type == ERROR)
    error_heard(leaf, &body);
  else
    sign_heard(leaf, &body, has_hole);
}

// The payload stands in the frame already.
static void send_frame(LeafgateLeaf* leaf, uint8_t type, uint8_t from, uint8_t number, uint8_t index,
                       size_t payload) {
  uint8_t* frame = leaf->frame;
  uint8_t* header = frame + LEAD;
  const size_t size = HEADER + payload;
  size_t code = 1;
  size_t i;
  header[0] = (uint8_t)(0x60U | type);  // version 1, leaf to gateway
  header[1] = from;
  header[2] = number;
  header[3] = index;
  crc32c(header, size, header + size);
  // COBS in place: fewer than 254 octets have one octet of overhead, always.
  frame[0] = 0;
  for (i = LEAD; i < LEAD + size + CRC; ++i) {
    if (frame[i] != 0) continue;
    frame[code] = (uint8_t)(i - code);
    code = i;
  }
  frame[code] = (uint8_t)(i - code);
  frame[i] = 0;
  leaf->config->hooks.tx(leaf->config->user, frame, i + 1);
}

static void answer(LeafgateLeaf* leaf, uint8_t type, uint8_t code) {
  uint8_t* payload = leaf->frame + LEAD + HEADER;
  leaf->last_type = type;
  leaf->last_code = code;
  payload[0] = code;
  payload[1] = (uint8_t)(leaf->config->busy_ms & 0xffU);
  payload[2] = (uint8_t)(leaf->config->busy_ms >> 8);
  send_frame(leaf, type, leaf->address, leaf->last_number, 0, code == 0 ? 0 : code == NAK_BUSY ? 3 : 1);
}

// The fragment that is next, or is asked for again: it is made anew, so the answer that must be kept is a few
// numbers.
static void answer_fragment(LeafgateLeaf* leaf) {
  Out out = {.leaf = leaf, .digest = NO_DIGEST, .skip = leaf->said, .room = LEAFGATE_MTU};
  out.to = leaf->frame + LEAD + HEADER;
  put_message(&out, leaf->saying);
  const bool more = out.total - leaf->said > LEAFGATE_MTU;
  const size_t size = more ? LEAFGATE_MTU : out.total - leaf->said;
  leaf->flying = (uint16_t)size;
  leaf->final_flying = !more;
  leaf->last_type = F_DATA;
  send_frame(leaf, F_DATA, leaf->address, leaf->last_number,
             (uint8_t)((more ? 0x80U : 0U) | leaf->said_index), size);
}

static void send_hello(LeafgateLeaf* leaf, uint8_t number) {
  uint8_t* payload = leaf->frame + LEAD + HEADER;
  memcpy(payload, leaf->config->uid, 8);
  payload[8] = LEAFGATE_MTU;
  memcpy(payload + 9, leaf->boot_nonce, sizeof leaf->boot_nonce);
  send_frame(leaf, F_HELLO, leaf->address == 0 ? NOBODY : leaf->address, number, 0, 13);
}

// `sign` with a transcript is larger than any buffer: its octets are hashed as they come, twice (the body,
// and what is to be signed), and only the rest is kept. Returns where the transcript begins in the first
// fragment, 0 if it is not such a message or nobody wants one now.
static size_t open_hole(LeafgateLeaf* leaf, const uint8_t* payload, size_t size) {
  In in = reading(span(payload, size));
  if (leaf->phase != PROVING || leaf->config->attestation != LEAFGATE_X509 || leaf->config->pin == NULL)
    return 0;
  if (take_head(&in, ARRAY) != 3 || take_head(&in, UINT) != SIGN || take_head(&in, UINT) != leaf->exchange ||
      take_head(&in, MAP) != 5)
    return 0;
  const uint8_t* map = in.at;
  if (take_head(&in, UINT) != 1 || take_scheme(&in) == 0 || take_head(&in, UINT) != 2 ||
      take_head(&in, UINT) != TLS12_TRANSCRIPT || take_head(&in, UINT) != 3)
    return 0;
  const size_t hole = (size_t)take_head(&in, BYTES);
  if (in.bad || hole < 32 || hole > LONGEST_TRANSCRIPT || !is_transcript(in.at, (size_t)(in.end - in.at)) ||
      (size_t)(in.at - payload) > leaf->room)
    return 0;
  leaf->hole = leaf->hole_left = (uint16_t)hole;
  digest_start(leaf, LEAFGATE_HASH_BESIDE);
  digest_start(leaf, LEAFGATE_HASH);
  digest_add(leaf, LEAFGATE_HASH, (const uint8_t*)"\xa4", 1);
  digest_add(leaf, LEAFGATE_HASH, map, (size_t)(in.at - map));
  return (size_t)(in.at - payload);
}

static bool keep_heard(LeafgateLeaf* leaf, const uint8_t* octets, size_t size) {
  if (size > (size_t)(leaf->room - leaf->signature_size - leaf->got)) return false;
  memcpy(leaf->message + leaf->got, octets, size);
  leaf->got = (uint16_t)(leaf->got + size);
  return true;
}

static bool take_fragment(LeafgateLeaf* leaf, const uint8_t* payload, size_t size) {
  size_t hashed;
  leaf->came = (uint16_t)(leaf->came + size);
  if (leaf->got == 0) {
    const size_t head = open_hole(leaf, payload, size);
    if (!keep_heard(leaf, payload, head)) return false;
    payload += head;
    size -= head;
  }
  if (leaf->came > (leaf->hole != 0 ? LONGEST_WITH_TRANSCRIPT : LONGEST_MESSAGE)) return false;
  hashed = size < leaf->hole_left ? size : leaf->hole_left;
  digest_add(leaf, LEAFGATE_HASH, payload, hashed);
  digest_add(leaf, LEAFGATE_HASH_BESIDE, payload, hashed);
  leaf->hole_left = (uint16_t)(leaf->hole_left - hashed);
  return keep_heard(leaf, payload + hashed, size - hashed);
}

// Returns the code of the NAK, 0 for ACK.
static uint8_t fragment_heard(LeafgateLeaf* leaf, uint8_t order, const uint8_t* payload, size_t size) {
  if ((order & 0x7fU) == 0) {
    drop_heard(leaf);
    leaf->next_index = 0;
  }
  if ((order & 0x7fU) != leaf->next_index) return NAK_ORDER;
  if (!take_fragment(leaf, payload, size)) {
    drop_heard(leaf);
    return NAK_TOO_LARGE;
  }
  ++leaf->next_index;
  if ((order & 0x80U) == 0) {
    leaf->next_index = NO_INDEX;
    leaf->work = leaf->hole_left == 0;
  }
  return 0;
}

static void do_work(LeafgateLeaf* leaf) {
  const size_t got = leaf->got;
  if (!leaf->work) return;
  leaf->work = false;
  message_heard(leaf, span(leaf->message, got), got);
  drop_heard(leaf);
}

// Whether the message that waits wants a signature that takes longer than the gateway waits for an answer.
static bool is_slow(const LeafgateLeaf* leaf) {
  return leaf->work && leaf->config->busy_ms > SLOW_MS && leaf->got > 1 &&
         (leaf->message[1] == CHALLENGE || leaf->message[1] == SIGN);
}

// A new number says that the fragment before arrived.
static void confirm(LeafgateLeaf* leaf) {
  if (leaf->flying != 0 && leaf->final_flying) {
    was_said(leaf);
  } else if (leaf->flying != 0) {
    leaf->said = (uint16_t)(leaf->said + leaf->flying);
    leaf->flying = 0;
    ++leaf->said_index;
  }
}

static void question_heard(LeafgateLeaf* leaf, uint8_t type, uint8_t number, uint8_t order, size_t size) {
  const bool again = leaf->last_known && number == leaf->last_number;
  if (again && leaf->last_type != F_DATA) {
    answer(leaf, leaf->last_type, leaf->last_code);
    return;
  }
  leaf->last_known = true;
  leaf->last_number = number;
  if (!again) confirm(leaf);
  if (is_slow(leaf)) {
    answer(leaf, F_NAK, NAK_BUSY);
    do_work(leaf);
    return;
  }
  do_work(leaf);  // leaves the frame alone: what it has to say waits for a POLL
  if (again || type == F_POLL) {
    if (leaf->saying != 0)
      answer_fragment(leaf);
    else
      answer(leaf, F_ACK, 0);
  } else {
    const uint8_t code = fragment_heard(leaf, order, leaf->frame + HEADER, size);
    answer(leaf, code == 0 ? F_ACK : F_NAK, code);
  }
}

static void forget_gateway(LeafgateLeaf* leaf) {
  leaf->address = leaf->config->address;
  leaf->muted = false;
  leaf->last_known = false;
  drop_said(leaf);
  drop_heard(leaf);
}

static bool begins_with(const uint8_t* uid, const uint8_t* prefix, unsigned bits) {
  const unsigned whole = bits / 8;
  if (memcmp(uid, prefix, whole) != 0) return false;
  return bits % 8 == 0 || ((unsigned)(uid[whole] ^ prefix[whole]) >> (8 - bits % 8)) == 0;
}

static void broadcast_heard(LeafgateLeaf* leaf, uint8_t type, uint8_t number, size_t size) {
  const uint8_t* payload = leaf->frame + HEADER;
  if (type == F_RESET && size == 0) {
    forget_gateway(leaf);
  } else if (type == F_DISCOVER && size >= 1 && payload[0] <= 64 && size == 1U + (payload[0] + 7U) / 8U) {
    if (!leaf->muted && begins_with(leaf->config->uid, payload + 1, payload[0])) send_hello(leaf, number);
  } else if (type == F_ASSIGN && size == 9 && memcmp(payload, leaf->config->uid, 8) == 0 && payload[8] >= 1 &&
             payload[8] <= LAST_ADDRESS) {
    const uint8_t address = payload[8];
    const bool muted = leaf->muted;
    forget_gateway(leaf);
    leaf->address = address;
    leaf->muted = muted;
    leaf->heard = now(leaf);
    send_frame(leaf, F_ACK, address, number, 0, 0);
  }
}

static void own_frame_heard(LeafgateLeaf* leaf, uint8_t type, uint8_t number, uint8_t order, size_t size) {
  leaf->heard = now(leaf);
  if (type == F_POLL || type == F_DATA) {
    question_heard(leaf, type, number, order, size);
    return;
  }
  if (type == F_MUTE) leaf->muted = true;
  if (type == F_RESET) {
    drop_said(leaf);
    drop_heard(leaf);
  }
  leaf->frame[LEAD + HEADER] = NAK_UNKNOWN;
  if (type == F_MUTE || type == F_RESET)
    send_frame(leaf, F_ACK, leaf->address, number, 0, 0);
  else
    send_frame(leaf, F_NAK, leaf->address, number, 0, 1);
}

// A leaf that nobody has addressed for a minute is open to be found.
static void look_at_silence(LeafgateLeaf* leaf) {
  const bool changed = leaf->muted || leaf->address != leaf->config->address;
  if (changed && passed(leaf->heard + FORGOTTEN_MS, now(leaf))) forget_gateway(leaf);
}

static void frame_heard(LeafgateLeaf* leaf, size_t size) {
  const uint8_t* frame = leaf->frame;
  const size_t covered = size - CRC;
  uint8_t crc[CRC];
  if (size >= HEADER + CRC) crc32c(frame, covered, crc);
  if (size < HEADER + CRC || memcmp(crc, frame + covered, CRC) != 0) {
    ++leaf->faults;
    return;
  }
  if ((frame[0] & 0xe0U) != 0x40U) return;  // another version, or the echo of a leaf
  look_at_silence(leaf);
  if (frame[1] == EVERYBODY)
    broadcast_heard(leaf, frame[0] & 31U, frame[2], covered - HEADER);
  else if (frame[1] != 0 && frame[1] == leaf->address)
    own_frame_heard(leaf, frame[0] & 31U, frame[2], frame[3], covered - HEADER);
}

static void keep_octet(LeafgateLeaf* leaf, uint8_t octet) {
  leaf->frame_bad |= leaf->frame_size == LEAFGATE_MTU + HEADER + CRC;  // or it is for a leaf with another mtu
  if (!leaf->frame_bad) leaf->frame[leaf->frame_size++] = octet;
}

static void octet_heard(LeafgateLeaf* leaf, uint8_t octet) {
  if (octet == 0) {
    const uint16_t size = leaf->frame_size;
    const bool whole = !leaf->frame_bad && leaf->cobs_left == 0;
    leaf->frame_size = leaf->cobs_left = 0;
    leaf->cobs_zero = leaf->frame_bad = false;
    if (!whole)
      ++leaf->faults;
    else if (size != 0)
      frame_heard(leaf, size);
  } else if (leaf->cobs_left == 0) {
    if (leaf->cobs_zero) keep_octet(leaf, 0);
    leaf->cobs_left = (uint8_t)(octet - 1);
    leaf->cobs_zero = octet != 0xff;
  } else {
    --leaf->cobs_left;
    keep_octet(leaf, octet);
  }
}

static bool has_hooks(const LeafgateHooks* hooks, bool pinned, int kind) {
  return hooks->tx != NULL && hooks->digest_start != NULL && hooks->digest_add != NULL &&
         hooks->digest_end != NULL && hooks->random != NULL && hooks->now_ms != NULL && hooks->tell != NULL &&
         (hooks->sign != NULL || kind != LEAFGATE_X509) &&
         (hooks->activate != NULL || kind != LEAFGATE_TPM) &&
         (hooks->verify != NULL || (kind == LEAFGATE_SYMMETRIC_KEY && !pinned));
}

static bool has_evidence(const LeafgateConfig* config) {
  const LeafgateSpan* keys[2] = {&config->endorsement_key, &config->storage_key};
  if (config->attestation == LEAFGATE_TPM)
    return keys[0]->size >= 1 && keys[0]->size <= 512 && keys[1]->size >= 1 && keys[1]->size <= 512;
  if (config->attestation != LEAFGATE_X509) return config->attestation == LEAFGATE_SYMMETRIC_KEY;
  if (config->schemes[0] == 0) return false;
  for (size_t i = 0; i < chain_count(config); ++i)
    if (config->chain[i].size > 2048) return false;
  return (chain_count(config) != 0) != (config->thumbprint != NULL);
}

static bool is_usable(const LeafgateLeaf* leaf) {
  const LeafgateConfig* config = leaf->config;
  const LeafgateSpan id = config->registration_id;
  const LeafgateSpan payload = config->payload;
  if (config->carrier != LEAFGATE_SERIAL && config->carrier != LEAFGATE_BROKER) return false;
  if (id.size < 1 || id.size > 128 || !is_utf8(id.at, id.size)) return false;
  if (payload.size > 2048 || !is_utf8(payload.at, payload.size)) return false;
  if (config->address > LAST_ADDRESS || !has_evidence(config)) return false;
  if (!has_hooks(&config->hooks, config->pin != NULL, config->attestation)) return false;
  // Without a pin nothing that a gateway says could be acted on.
  return config->attestation == LEAFGATE_SYMMETRIC_KEY || config->pin != NULL || trusts_wire(leaf, RESULT);
}

int leafgate_leaf_init(LeafgateLeaf* leaf, const LeafgateConfig* config, uint8_t* message, size_t room) {
  memset(leaf, 0, sizeof *leaf);
  leaf->config = config;
  leaf->message = message;
  leaf->room = (uint16_t)(room < 0xffff ? room : 0xffff);
  leaf->address = config->address;
  leaf->next_index = NO_INDEX;
  if (!is_usable(leaf)) return LEAFGATE_USAGE;
  if (room < 128) return LEAFGATE_TOO_SMALL;
  if (config->hooks.random(config->user, leaf->boot_nonce, sizeof leaf->boot_nonce) != 0)
    return LEAFGATE_NO_RANDOM;
  leaf->heard = now(leaf);
  return LEAFGATE_OK;
}

int leafgate_leaf_register(LeafgateLeaf* leaf) {
  Out out = out_to(leaf, NO_DIGEST);
  leaf->exchange = 0xffffffffU;  // the longest form of it
  close_attempt(leaf);
  put_message(&out, REGISTER);
  if (out.total > LONGEST_MESSAGE) return LEAFGATE_USAGE;
  if (leaf->config->carrier == LEAFGATE_BROKER && out.total > leaf->room) return LEAFGATE_TOO_SMALL;
  leaf->tries = 0;
  begin(leaf);
  return LEAFGATE_OK;
}

void leafgate_leaf_stop(LeafgateLeaf* leaf) { close_attempt(leaf); }
bool leafgate_leaf_knows_gateway(const LeafgateLeaf* leaf) { return leaf->phase == PROVING; }

void leafgate_leaf_octets(LeafgateLeaf* leaf, const uint8_t* octets, size_t size) {
  for (size_t i = 0; i < size; ++i) octet_heard(leaf, octets[i]);
}

void leafgate_leaf_message(LeafgateLeaf* leaf, const uint8_t* octets, size_t size) {
  leaf->hole = 0;
  if (size <= LONGEST_WITH_TRANSCRIPT) message_heard(leaf, span(octets, size), 0);
}

void leafgate_leaf_tick(LeafgateLeaf* leaf) {
  if (leaf->config->carrier == LEAFGATE_SERIAL) look_at_silence(leaf);
  if (!is_slow(leaf)) do_work(leaf);
  if (leaf->timer == NO_TIMER || !passed(leaf->due, now(leaf))) return;
  if (leaf->timer == ANEW) {
    begin(leaf);
  } else if (leaf->timer == ANSWER) {
    give_up(leaf, LEAFGATE_NO_ANSWER);
  } else if (leaf->saying == 0) {
    leaf->timer = NO_TIMER;
    say(leaf, POLL);
  }
}

uint32_t leafgate_leaf_idle(const LeafgateLeaf* leaf) {
  const uint32_t left = leaf->due - now(leaf);
  if (leaf->work && !is_slow(leaf)) return 0;
  if (leaf->timer != NO_TIMER && (int32_t)left < 0) return 0;
  return leaf->timer == NO_TIMER || left > 1000 ? 1000 : left;
}
