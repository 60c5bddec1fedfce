// The file that fills a model slot: a header of 128 bytes, then code and weights, or weights alone.
//
//   offset  bytes
//        0      4  magic "EFM1"
//        4      2  size of the header, 128
//        6      1  kind: 0 code and weights linked for one address, 1 weights alone
//        7      1  flags, 0
//        8      4  load address of the payload, 0 = any
//       12      4  bytes of payload
//       16      4  offset in the payload of the entry (model_entry.h); of weights alone, of their vectors
//       20      4  counter: no chip takes a lower one than it has confirmed
//       24      8  the first bytes of SHA-256 over the target's name
//       32     32  ABI of code and weights
//       64     32  SHA-256 of the registry's model
//       96     32  SHA-256 over the 96 bytes before and the payload
//
// Numbers are little-endian.
#ifndef EF_MODEL_IMAGE_H
#define EF_MODEL_IMAGE_H

#include <stdint.h>

#include "ef_flash.h"

#define EF_IMAGE_HEADER 128u
#define EF_IMAGE_MAGIC 0x314D4645u /* "EFM1" */
#define EF_IMAGE_CODE 0u
#define EF_IMAGE_WEIGHTS 1u

#ifdef __cplusplus
extern "C" {
#endif

/* The header as it lies in flash, up to its digest. */
typedef struct ef_model_image {
  uint32_t magic;
  uint16_t header_bytes;
  uint8_t kind;
  uint8_t flags;
  uint32_t load_address;
  uint32_t payload_bytes;
  uint32_t entry;
  uint32_t counter;
  uint8_t target[8];
  uint8_t abi[32];
  uint8_t model[32];
} ef_model_image;

/* Reads the header at `offset` of the flash: 0 when it is one, with a payload that fits into `room` bytes with it. */
int32_t ef_model_image_read(const ef_flash *flash, uint32_t offset, uint32_t room, ef_model_image *image);

/* 0 when header and payload have the digest that the header names. */
int32_t ef_model_image_verify(const ef_flash *flash, uint32_t offset, uint32_t room);

/* SHA-256 over `bytes` of the flash from `offset`: 0, or what the flash said. */
int32_t ef_flash_digest(const ef_flash *flash, uint32_t offset, uint32_t bytes, uint8_t digest[32]);

#ifdef __cplusplus
}
#endif
#endif
