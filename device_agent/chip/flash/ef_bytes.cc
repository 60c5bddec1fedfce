#include "ef_bytes.h"

namespace {

constexpr uint32_t kPolynomial = 0xEDB88320u;  // of CRC-32

// Keeps a loop a loop: a compiler would make it a call of memset or memcpy, which nobody has.
void stay() { __asm__ volatile("" ::: "memory"); }

}  // namespace

uint32_t ef_crc32(const void *data, uint32_t bytes, uint32_t crc) {
  for (const uint8_t *at = static_cast<const uint8_t *>(data); bytes-- != 0; ++at) {
    crc ^= *at;
    for (uint32_t bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? kPolynomial : 0);
  }
  return crc;
}

void ef_wipe(void *at, uint32_t bytes) {
  for (uint8_t *to = static_cast<uint8_t *>(at); bytes-- != 0; ++to) {
    *to = 0;
    stay();
  }
}

void ef_copy(void *to, const void *from, uint32_t bytes) {
  uint8_t *at = static_cast<uint8_t *>(to);
  for (const uint8_t *data = static_cast<const uint8_t *>(from); bytes-- != 0; ++data) {
    *at++ = *data;
    stay();
  }
}
