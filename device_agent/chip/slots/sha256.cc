#include "sha256.h"

namespace {

constexpr uint32_t kStart[8] = {0x6a09e667u, 0xbb67ae85u, 0x3c6ef372u, 0xa54ff53au,
                                0x510e527fu, 0x9b05688cu, 0x1f83d9abu, 0x5be0cd19u};

constexpr uint32_t kRound[64] = {
    0x428a2f98u, 0x71374491u, 0xb5c0fbcfu, 0xe9b5dba5u, 0x3956c25bu, 0x59f111f1u, 0x923f82a4u, 0xab1c5ed5u,
    0xd807aa98u, 0x12835b01u, 0x243185beu, 0x550c7dc3u, 0x72be5d74u, 0x80deb1feu, 0x9bdc06a7u, 0xc19bf174u,
    0xe49b69c1u, 0xefbe4786u, 0x0fc19dc6u, 0x240ca1ccu, 0x2de92c6fu, 0x4a7484aau, 0x5cb0a9dcu, 0x76f988dau,
    0x983e5152u, 0xa831c66du, 0xb00327c8u, 0xbf597fc7u, 0xc6e00bf3u, 0xd5a79147u, 0x06ca6351u, 0x14292967u,
    0x27b70a85u, 0x2e1b2138u, 0x4d2c6dfcu, 0x53380d13u, 0x650a7354u, 0x766a0abbu, 0x81c2c92eu, 0x92722c85u,
    0xa2bfe8a1u, 0xa81a664bu, 0xc24b8b70u, 0xc76c51a3u, 0xd192e819u, 0xd6990624u, 0xf40e3585u, 0x106aa070u,
    0x19a4c116u, 0x1e376c08u, 0x2748774cu, 0x34b0bcb5u, 0x391c0cb3u, 0x4ed8aa4au, 0x5b9cca4fu, 0x682e6ff3u,
    0x748f82eeu, 0x78a5636fu, 0x84c87814u, 0x8cc70208u, 0x90befffau, 0xa4506cebu, 0xbef9a3f7u, 0xc67178f2u};

uint32_t turn(uint32_t word, uint32_t by) { return (word >> by) | (word << (32u - by)); }

uint32_t big(const uint8_t *from) {
  return (static_cast<uint32_t>(from[0]) << 24) | (static_cast<uint32_t>(from[1]) << 16) |
         (static_cast<uint32_t>(from[2]) << 8) | from[3];
}

// One block. The schedule is kept as a ring of 16 words: 64 bytes of stack in place of 256.
void mix(uint32_t state[8], const uint8_t *block) {
  uint32_t ring[16];
  uint32_t s[8];
  for (uint32_t i = 0; i < 16; ++i) ring[i] = big(block + 4 * i);
  for (uint32_t i = 0; i < 8; ++i) s[i] = state[i];
  for (uint32_t i = 0; i < 64; ++i) {
    if (i >= 16) {
      const uint32_t near = ring[(i + 14) & 15], far = ring[(i + 1) & 15];
      const uint32_t one = turn(near, 17) ^ turn(near, 19) ^ (near >> 10);
      const uint32_t two = turn(far, 7) ^ turn(far, 18) ^ (far >> 3);
      ring[i & 15] += one + ring[(i + 9) & 15] + two;
    }
    const uint32_t first = turn(s[4], 6) ^ turn(s[4], 11) ^ turn(s[4], 25);
    const uint32_t chosen = (s[4] & s[5]) ^ (~s[4] & s[6]);
    const uint32_t add = s[7] + first + chosen + kRound[i] + ring[i & 15];
    const uint32_t second = turn(s[0], 2) ^ turn(s[0], 13) ^ turn(s[0], 22);
    const uint32_t most = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
    for (uint32_t j = 7; j > 0; --j) s[j] = s[j - 1];
    s[4] += add;
    s[0] = add + second + most;
  }
  for (uint32_t i = 0; i < 8; ++i) state[i] += s[i];
}

}  // namespace

void ef_sha256_start(ef_sha256 *hash) {
  for (uint32_t i = 0; i < 8; ++i) hash->state[i] = kStart[i];
  hash->bytes = 0;
}

void ef_sha256_add(ef_sha256 *hash, const void *data, uint32_t bytes) {
  const uint8_t *from = static_cast<const uint8_t *>(data);
  for (uint32_t i = 0; i < bytes; ++i) {
    hash->block[hash->bytes & 63u] = from[i];
    if ((++hash->bytes & 63u) == 0) mix(hash->state, hash->block);
  }
}

void ef_sha256_end(ef_sha256 *hash, uint8_t digest[EF_SHA256_BYTES]) {
  const uint32_t bytes = hash->bytes;
  uint8_t pad = 0x80;
  do {
    ef_sha256_add(hash, &pad, 1);
    pad = 0;
  } while ((hash->bytes & 63u) != 56u);
  const uint32_t words[2] = {bytes >> 29, bytes << 3};
  for (uint32_t word : words) {
    for (uint32_t shift = 32; shift > 0; shift -= 8) {
      const uint8_t one = static_cast<uint8_t>(word >> (shift - 8));
      ef_sha256_add(hash, &one, 1);
    }
  }
  for (uint32_t i = 0; i < EF_SHA256_BYTES; ++i) {
    digest[i] = static_cast<uint8_t>(hash->state[i / 4] >> (24u - 8u * (i % 4)));
  }
}

void ef_hmac_sha256(const uint8_t *key, uint32_t key_bytes, const void *message, uint32_t bytes,
                    uint8_t code[EF_SHA256_BYTES]) {
  uint8_t pad[EF_SHA256_BLOCK];
  ef_sha256 hash;
  for (uint32_t i = 0; i < EF_SHA256_BLOCK; ++i) pad[i] = static_cast<uint8_t>((i < key_bytes ? key[i] : 0) ^ 0x36);
  ef_sha256_start(&hash);
  ef_sha256_add(&hash, pad, EF_SHA256_BLOCK);
  ef_sha256_add(&hash, message, bytes);
  ef_sha256_end(&hash, code);
  for (uint32_t i = 0; i < EF_SHA256_BLOCK; ++i) pad[i] = static_cast<uint8_t>(pad[i] ^ 0x36 ^ 0x5c);
  ef_sha256_start(&hash);
  ef_sha256_add(&hash, pad, EF_SHA256_BLOCK);
  ef_sha256_add(&hash, code, EF_SHA256_BYTES);
  ef_sha256_end(&hash, code);
}

int32_t ef_equal(const void *one, const void *two, uint32_t bytes) {
  const uint8_t *a = static_cast<const uint8_t *>(one), *b = static_cast<const uint8_t *>(two);
  uint8_t difference = 0;
  for (uint32_t i = 0; i < bytes; ++i) difference = static_cast<uint8_t>(difference | (a[i] ^ b[i]));
  return difference == 0 ? 1 : 0;
}
