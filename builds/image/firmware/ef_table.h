// The head of a model image: what a firmware needs to run a model that it was not linked with.
//
// The image is linked for fixed addresses. Its table sits right after the MCUboot header of the model's slot:
//
//   const struct ef_table *model = (const struct ef_table *)(SLOT_ADDRESS + HEADER_BYTES);
//   if (model->magic == EF_TABLE_MAGIC && model->abi == EF_TABLE_ABI) {
//     memset(model->ram_start, 0, (size_t)((char *)model->ram_end - (char *)model->ram_start));
//     if (model->init() == 0) { /* fill model->input(0), call model->invoke(), read model->output(0) */ }
//   }
//
// The RAM between ram_start and ram_end belongs to the model and must be zeroed before init. It is one instance: its
// functions are for one task at a time, and invoke gives EF_BUSY (17) to a second.
//
// Facts of the model lie behind the functions in images of 2026-12 and later, unless its weights are apart:
//
//   const struct ef_facts_link *link = (const struct ef_facts_link *)(model + 1);
//   if (link->magic == EF_FACTS_MAGIC) { /* link->facts->version, link->facts->inputs[0].scale, ... */ }
#ifndef EF_TABLE_H
#define EF_TABLE_H

#include <stdint.h>

#include "ef_common.h"

#define EF_TABLE_MAGIC 0x314D4645u /* "EFM1" */
#define EF_TABLE_ABI 1u
#define EF_FACTS_MAGIC 0x314E4645u /* "EFN1" */

struct ef_table {
  uint32_t magic;
  uint32_t abi;
  const void *image_start;
  const void *image_end;
  void *ram_start;
  void *ram_end;
  int32_t (*init)(void);
  void *(*input)(uint32_t index);
  const void *(*output)(uint32_t index);
  int32_t (*invoke)(void);
};

struct ef_facts_link {
  uint32_t magic;
  const ef_facts_t *facts;
};

#endif
