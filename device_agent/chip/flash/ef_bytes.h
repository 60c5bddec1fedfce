// What ring, slots and log do with bytes: one copy for all of them.
#ifndef EF_BYTES_H
#define EF_BYTES_H

#include <stdint.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "Headers and records lie in flash as they lie in memory: this wants a little-endian processor."
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* CRC-32 without its last inversion, from `crc` on; begins with ~0. */
uint32_t ef_crc32(const void *data, uint32_t bytes, uint32_t crc);

void ef_wipe(void *at, uint32_t bytes);
void ef_copy(void *to, const void *from, uint32_t bytes);

#ifdef __cplusplus
}
#endif
#endif
