// Weights alone in a model slot, for code that the firmware holds (compiled with --weights apart --placed-weights).
//
// A payload of kind 1 is the section of weights, filled up to 4 bytes, and behind it, at the image's `entry`, the golden
// vectors of this training: three numbers (how many vectors, bytes of all inputs, bytes of all outputs), then for each
// vector its inputs and its outputs. Whoever sets `abi` of ef_slots_port says which weights the code takes:
// ef_info()->abi_sha256. A firmware calls these from its `fits` and `prove`.
#ifndef EF_WEIGHTS_H
#define EF_WEIGHTS_H

#include <stdint.h>

#include "slots.h"

#define EF_VECTORS_HEAD 12u

#ifdef __cplusplus
extern "C" {
#endif

/* The code's own functions, and what it takes and gives. */
typedef struct ef_weights_code {
  void (*place)(const void *weights);
  int32_t (*init)(void);
  void *(*input)(uint32_t index);
  const void *(*output)(uint32_t index);
  int32_t (*invoke)(void);
  uint32_t inputs;
  uint32_t outputs;
  const uint32_t *input_bytes; /* of each */
  const uint32_t *output_bytes;
} ef_weights_code;

/* 0 when the payload of this header can hold the code's weights with vectors of its inputs and outputs, else -1. The
   payload is where the processor reads it: in a slot that is mapped, or copied to RAM before. */
int32_t ef_weights_fit(const ef_weights_code *code, const ef_model_image *image, const uint8_t *payload);

/* Places the weights, prepares the code and runs the vectors; fills in `vectors` and `bad`. 0, or -1 when the code does
   not take them: then place others before the next run. */
int32_t ef_weights_prove(const ef_weights_code *code, const ef_model_image *image, const uint8_t *payload,
                         ef_proof *proof);

#ifdef __cplusplus
}
#endif
#endif
