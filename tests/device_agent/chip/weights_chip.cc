// A chip whose firmware holds the code of a model, and takes its weights alone into its slots.
//
// Needs no library, as whole_chip.cc.
#include "ef_weights.h"
#include "model.h"

namespace {

constexpr uint32_t kSector = 4096, kSlotSectors = 8, kSectors = 2 + 2 * kSlotSectors, kUnit = 8;
constexpr uint32_t kInputBytes[] = {EF_INPUT_0_BYTES};
constexpr uint32_t kOutputBytes[] = {EF_OUTPUT_0_BYTES, EF_OUTPUT_1_BYTES};

alignas(16) uint8_t g_flash[kSector * kSectors];
uint8_t g_abi[32];
ef_slots_port g_port;
ef_slots g_slots;
const ef_weights_code kCode = {ef_place_weights, ef_init, ef_input,    ef_output,   ef_invoke,
                               EF_INPUTS,        EF_OUTPUTS, kInputBytes, kOutputBytes};

int32_t read(void *, uint32_t at, void *to, uint32_t bytes) {
  for (uint32_t i = 0; i < bytes; ++i) static_cast<uint8_t *>(to)[i] = g_flash[at + i];
  return 0;
}

int32_t write(void *, uint32_t at, const void *from, uint32_t bytes) {
  for (uint32_t i = 0; i < bytes; ++i) g_flash[at + i] &= static_cast<const uint8_t *>(from)[i];
  return 0;
}

int32_t erase(void *, uint32_t at) {
  for (uint32_t i = 0; i < kSector; ++i) g_flash[at + i] = 0xFF;
  return 0;
}

const uint8_t *payload_of(uint32_t slot) { return g_flash + g_port.slot_offset[slot] + EF_IMAGE_HEADER; }

int32_t fits(void *, uint32_t slot, const ef_model_image *image) {
  return ef_weights_fit(&kCode, image, payload_of(slot));
}

int32_t prove(void *, uint32_t slot, const ef_model_image *image, ef_proof *proof) {
  return ef_weights_prove(&kCode, image, payload_of(slot), proof);
}

// The code runs with the weights of the slot that should run, whatever was tried before.
int32_t keep_placed() {
  if (g_slots.running >= EF_SLOTS) return -1;
  ef_place_weights(payload_of(g_slots.running));
  return ef_init();
}

}  // namespace

extern "C" {

int32_t weights_chip_start(uint8_t reset) {
  ef_slots_start(&g_slots, &g_port, reset);
  return keep_placed();
}

void weights_chip_make(const uint8_t *target, const uint8_t *abi) {
  for (uint32_t i = 0; i < sizeof g_flash; ++i) g_flash[i] = 0xFF;
  for (uint32_t i = 0; i < sizeof g_abi; ++i) g_abi[i] = abi[i];
  for (uint32_t i = 0; i < sizeof g_port.target; ++i) g_port.target[i] = target[i];
  g_port.flash = ef_flash{read, write, erase, nullptr, kSector, kSectors, kUnit};
  g_port.slot_offset[0] = 2 * kSector;
  g_port.slot_offset[1] = (2 + kSlotSectors) * kSector;
  g_port.slot_bytes = kSlotSectors * kSector;
  g_port.abi = g_abi;
  g_port.fits = fits;
  g_port.prove = prove;
  weights_chip_start(EF_RESET_POWER);
}

// A whole update: 0, or the code with which the chip refuses it.
int32_t weights_chip_bring(const uint8_t *file, uint32_t bytes, const uint8_t *sha, uint32_t counter) {
  int32_t rc = ef_slots_begin(&g_slots, bytes, sha);
  if (rc == EF_RC_OK && ef_slots_wanted(&g_slots) == 0) rc = ef_slots_take(&g_slots, 0, file, bytes);
  const ef_switch order = {sha, counter, nullptr, nullptr};
  if (rc == EF_RC_OK) rc = ef_slots_switch(&g_slots, &order);
  keep_placed();
  return rc == EF_RC_OK ? ef_slots_confirm(&g_slots, sha) : rc;
}

uint32_t weights_chip_vectors(void) { return g_slots.proof.vectors; }

int32_t weights_chip_run(const uint8_t *input, uint8_t *output) {
  uint8_t *to = static_cast<uint8_t *>(ef_input(0));
  for (uint32_t i = 0; i < EF_INPUT_0_BYTES; ++i) to[i] = input[i];
  if (ef_invoke() != 0) return -1;
  for (uint32_t index = 0; index < EF_OUTPUTS; ++index) {
    const uint8_t *made = static_cast<const uint8_t *>(ef_output(index));
    for (uint32_t i = 0; i < kOutputBytes[index]; ++i) *output++ = made[i];
  }
  return 0;
}
}
