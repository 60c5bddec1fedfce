// SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104) for chips whose maker's library has none.
//
// A firmware with a hash engine or a vendor's library gives these five functions itself and leaves sha256.cc out.
#ifndef EF_SHA256_H
#define EF_SHA256_H

#include <stdint.h>

#define EF_SHA256_BYTES 32u
#define EF_SHA256_BLOCK 64u

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ef_sha256 {
  uint32_t state[8];
  uint32_t bytes; /* so far; a message has fewer than 2^29 bytes */
  uint8_t block[EF_SHA256_BLOCK];
} ef_sha256;

void ef_sha256_start(ef_sha256 *hash);
void ef_sha256_add(ef_sha256 *hash, const void *data, uint32_t bytes);
void ef_sha256_end(ef_sha256 *hash, uint8_t digest[EF_SHA256_BYTES]);

/* The code for `message` under `key`, which has at most EF_SHA256_BLOCK bytes. */
void ef_hmac_sha256(const uint8_t *key, uint32_t key_bytes, const void *message, uint32_t bytes,
                    uint8_t code[EF_SHA256_BYTES]);

/* 1 when both are equal; takes the same time wherever they differ. */
int32_t ef_equal(const void *one, const void *two, uint32_t bytes);

#ifdef __cplusplus
}
#endif
#endif
