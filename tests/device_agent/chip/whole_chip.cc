// A whole chip in the memory of a test: slots, SMP server, windows, a model whose vectors a byte decides. It is set up
// as the conversation in tests/contract/chip has it.
//
// Needs no library, so that it is compiled as the chip's own sources are. The first byte of a payload says what its
// vectors give: 0xBA differ, anything else is equal.
#include "console.h"
#include "sha256.h"
#include "smp.h"

namespace {

constexpr uint32_t kSector = 4096, kSectors = 34, kSlotSectors = 16, kUnit = 8, kLog = 0;
constexpr uint32_t kFrameMax = 200, kPacketMax = 384, kBoot = 1, kFirst = 7;

uint8_t g_flash[kSector * kSectors];
ef_slots_port g_port;
ef_slots g_slots;
ef_smp_port g_smp;
struct Line {
  uint8_t *to;
  uint32_t room, used;
};

ef_console g_console;
uint8_t g_packet[kPacketMax + EF_CONSOLE_EXTRA];
uint8_t g_frame[kFrameMax];
uint32_t g_frame_bytes, g_frames, g_resets;

bool inside(uint32_t at, uint32_t bytes) { return at <= sizeof g_flash && bytes <= sizeof g_flash - at; }

int32_t read(void *, uint32_t at, void *to, uint32_t bytes) {
  if (!inside(at, bytes)) return -1;
  for (uint32_t i = 0; i < bytes; ++i) static_cast<uint8_t *>(to)[i] = g_flash[at + i];
  return 0;
}

int32_t write(void *, uint32_t at, const void *from, uint32_t bytes) {
  if (!inside(at, bytes) || (at | bytes) % kUnit != 0) return -1;
  for (uint32_t i = 0; i < bytes; ++i) g_flash[at + i] &= static_cast<const uint8_t *>(from)[i];
  return 0;
}

int32_t erase(void *, uint32_t at) {
  if (!inside(at, kSector) || at % kSector != 0) return -1;
  for (uint32_t i = 0; i < kSector; ++i) g_flash[at + i] = 0xFF;
  return 0;
}

int32_t fits(void *, uint32_t, const ef_model_image *image) { return image->load_address == 0 ? 0 : -1; }

int32_t prove(void *, uint32_t slot, const ef_model_image *, ef_proof *proof) {
  proof->vectors = 8;
  if (g_flash[g_port.slot_offset[slot] + EF_IMAGE_HEADER] == 0xBA) proof->bad = 2;
  return 0;
}

int32_t model(void *, const char **name, const char **version) {
  *name = "gear";
  *version = "1.0.0";
  return 1;
}

void next_frame(void *, ef_smp_frame *frame, uint8_t *to, uint32_t room) {
  if (g_frames == 0 || room < g_frame_bytes) return;
  *frame = ef_smp_frame{g_frames, 0, kBoot, kFirst, g_frame_bytes};
  for (uint32_t i = 0; i < g_frame_bytes; ++i) to[i] = g_frame[i];
}

void put(void *context, uint8_t byte) {
  Line *line = static_cast<Line *>(context);
  if (line->used < line->room) line->to[line->used++] = byte;
}

void drop_frame(void *, uint32_t boot, uint32_t sequence) {
  if (boot == kBoot && sequence == kFirst) g_frames = 0;
}

}  // namespace

extern "C" {

void chip_start(uint8_t reset) {
  ef_slots_start(&g_slots, &g_port, reset);
  g_smp.slots = &g_slots;
}

// A chip as it leaves the maker: nothing in its flash.
void chip_make(const uint8_t *id, uint32_t id_bytes, const uint8_t *target, uint8_t strength, const uint8_t *key) {
  for (uint32_t i = 0; i < sizeof g_flash; ++i) g_flash[i] = 0xFF;
  g_port.flash = ef_flash{read, write, erase, nullptr, kSector, kSectors, kUnit};
  g_port.log_offset = kLog;
  g_port.slot_offset[0] = 2 * kSector;
  g_port.slot_offset[1] = (2 + kSlotSectors) * kSector;
  g_port.slot_bytes = kSlotSectors * kSector;
  g_port.strength = strength;
  g_port.id_bytes = static_cast<uint8_t>(id_bytes);
  for (uint32_t i = 0; i < id_bytes; ++i) g_port.id[i] = id[i];
  for (uint32_t i = 0; i < sizeof g_port.target; ++i) g_port.target[i] = target[i];
  for (uint32_t i = 0; i < sizeof g_port.key; ++i) g_port.key[i] = key[i];
  g_port.fits = fits;
  g_port.prove = prove;
#ifdef EF_WITH_ED25519
  g_port.signature = ef_ed25519_verify;
#endif
  g_smp.board = "mps2_an386";
  g_smp.target = "cortex-m4f";
  g_smp.firmware = "1.0.0";
  g_smp.boot = kBoot;
  g_smp.buffer_bytes = kPacketMax;
  g_smp.uptime = [](void *) -> uint32_t { return 60; };
  g_smp.reset = [](void *) { ++g_resets; };
  g_smp.model = model;
  g_smp.images = ef_smp_images;
  g_smp.next_frame = next_frame;
  g_smp.drop_frame = drop_frame;
  g_frames = g_resets = 0;
  ef_console_start(&g_console, g_packet, sizeof g_packet);
  chip_start(EF_RESET_POWER);
}

// One window waits: boot 1, number 7.
void chip_seal(const uint8_t *frame, uint32_t bytes) {
  g_frames = 1;
  g_frame_bytes = bytes < kFrameMax ? bytes : kFrameMax;
  for (uint32_t i = 0; i < g_frame_bytes; ++i) g_frame[i] = frame[i];
}

uint32_t chip_resets(void) { return g_resets; }

uint32_t chip_ask(const uint8_t *request, uint32_t bytes, uint8_t *answer, uint32_t room) {
  return ef_smp_answer(&g_smp, request, bytes, answer, room);
}

// What comes on the chip's line; gives what it sends in return, and how many bytes that are.
uint32_t chip_hear(const uint8_t *bytes, uint32_t count, uint8_t *to, uint32_t room) {
  Line line = {to, room, 0};
  for (uint32_t i = 0; i < count; ++i) {
    uint8_t answer[kPacketMax];
    const uint32_t got = ef_console_take(&g_console, bytes[i]);
    if (got == 0) continue;
    const uint32_t size = ef_smp_answer(&g_smp, g_packet + 2, got, answer, sizeof answer);
    if (size > 0) ef_console_send(answer, size, put, &line);
  }
  return line.used;
}

// What the chip's reader finds in a file: 0 and the header, or -1; for an area of this size.
int32_t chip_read_image(const uint8_t *file, uint32_t bytes, ef_model_image *image) {
  if (bytes > sizeof g_flash) return -1;
  for (uint32_t i = 0; i < bytes; ++i) g_flash[i] = file[i];
  const ef_flash flash = {read, write, erase, nullptr, kSector, kSectors, kUnit};
  if (ef_model_image_verify(&flash, 0, bytes) != 0) return -1;
  return ef_model_image_read(&flash, 0, bytes, image);
}
}
