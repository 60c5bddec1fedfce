// The flash below whatever keeps something through a power cut: three functions that a port gives.
// A position is a number of bytes from the start of the area that the port was given.
#ifndef EF_FLASH_H
#define EF_FLASH_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EF_FLASH_UNIT_MAX 32u // bytes: the widest write unit of common parts
#define EF_FLASH_ERASED 0xFFu // what an erased byte reads as

// Each function answers 0 when it is done, and anything else when it is not.
typedef struct ef_flash {
  int32_t (*read)(void *context, uint32_t at, void *to, uint32_t bytes);
  // `at` and `bytes` are whole write units; a unit is written once after each erasure.
  int32_t (*write)(void *context, uint32_t at, const void *from, uint32_t bytes);
  int32_t (*erase)(void *context, uint32_t at); // the sector that begins there
  void *context;
  uint32_t sector_bytes; // of each sector, all alike
  uint32_t sectors;      // of the area
  uint32_t unit_bytes;   // of a write, a power of two, at most EF_FLASH_UNIT_MAX
} ef_flash;

#ifdef __cplusplus
}
#endif
#endif
