// How a firmware runs a model that it was not linked with: the entry in the payload of a model image of kind 0.
//
// The RAM between ram_start and ram_end belongs to the model and must be zeroed before init. The golden vectors lie in
// the image, so that every model brings its own proof: `vector(i)` runs one and gives 1 when each output byte is equal.
#ifndef EF_MODEL_ENTRY_H
#define EF_MODEL_ENTRY_H

#include <stddef.h>
#include <stdint.h>

#define EF_ENTRY_MAGIC 0x31454645u /* "EFE1" */

typedef struct ef_model_info {
  const char *name;
  const char *version;
  uint32_t vectors;
  int32_t (*vector)(uint32_t index);
  uint32_t inputs;
  uint32_t outputs;
  const uint32_t *input_bytes;
  const uint32_t *output_bytes;
  const uint8_t *samples; /* the inputs of the vectors, one after another */
  const uint32_t *schema; /* the table of the recorder, or none */
  uint32_t schema_words;
} ef_model_info;

typedef struct ef_model_entry {
  uint32_t magic;
  uint32_t bytes; /* of this structure: later ones are longer */
  void *ram_start;
  void *ram_end;
  int32_t (*init)(void);
  void *(*input)(uint32_t index);
  const void *(*output)(uint32_t index);
  int32_t (*invoke)(void);
  const ef_model_info *info;
  /* How the first input stands for real numbers: scale * (value - zero_point). Entries before 1.1 end above. */
  float input_scale;
  int32_t input_zero_point;
} ef_model_entry;

#define EF_ENTRY_BYTES_MIN offsetof(ef_model_entry, input_scale)

#endif
