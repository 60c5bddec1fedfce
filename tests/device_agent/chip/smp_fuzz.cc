// What a fuzzer gives goes to the SMP server of a chip: as a packet, as a line, as a payload of one command, as CBOR;
// and to the code of a firmware that takes weights alone, as the payload of an image.
//
// The sanitizers watch memory and arithmetic; checked here is that an answer is one: that it fits, answers the request
// and is CBOR, and that whatever was asked leaves a good model. LLVMFuzzerTestOneInput is what libFuzzer calls.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "console.h"
#include "ef_weights.h"
#include "sha256.h"
#include "sim_flash.h"
#include "smp.h"

namespace {

constexpr uint32_t kSector = 512, kUnit = 8, kSlotSectors = 2, kPayload = 300, kRoom = 400, kRequestMax = 512;
constexpr uint32_t kFramesMax = 3;

void insist(bool holds, const char *what) {
  if (holds) return;
  fprintf(stderr, "broken: %s\n", what);
  abort();
}

struct Chip {
  SimFlash flash{kSector, 2 + 2 * kSlotSectors, kUnit};
  std::vector<uint8_t> clean;
  ef_slots_port port{};
  ef_slots slots{}, fresh{};
  ef_smp_port smp{};
  ef_console console{}, quiet{};
  uint8_t packet[kRoom + EF_CONSOLE_EXTRA];
  uint8_t schema[32] = {};
  uint32_t frames = kFramesMax;

  Chip() {
    port.flash = flash.port;
    port.slot_offset[0] = 2 * kSector;
    port.slot_offset[1] = (2 + kSlotSectors) * kSector;
    port.slot_bytes = kSlotSectors * kSector;
    port.id_bytes = 8;
    port.context = this;
    port.fits = [](void *, uint32_t, const ef_model_image *) -> int32_t { return 0; };
    port.prove = [](void *, uint32_t, const ef_model_image *image, ef_proof *proof) -> int32_t {
      proof->vectors = 2;
      if (image->counter % 3 == 0) proof->bad = 1;
      return 0;
    };
    place_model();
    insist(ef_slots_start(&slots, &port, EF_RESET_POWER) == EF_RC_OK, "the chip starts");
    fresh = slots;
    clean = flash.bytes;
    smp.slots = &slots;
    smp.board = smp.target = smp.firmware = "fuzz";
    smp.schema = schema;
    smp.buffer_bytes = kRoom;
    smp.context = this;
    smp.images = ef_smp_images;
    smp.uptime = [](void *) -> uint32_t { return 1; };
    smp.reset = [](void *) {};
    smp.model = [](void *, const char **name, const char **version) -> int32_t { return *name = *version = "one", 1; };
    smp.next_frame = [](void *context, ef_smp_frame *frame, uint8_t *to, uint32_t room) {
      const Chip &chip = *static_cast<Chip *>(context);
      insist(room >= 200, "a frame has room");
      std::memset(to, 7, 200);
      *frame = ef_smp_frame{chip.frames, 0, 1, kFramesMax - chip.frames, chip.frames > 0 ? 200u : 0u};
    };
    smp.drop_frame = [](void *context, uint32_t boot, uint32_t sequence) {
      Chip &chip = *static_cast<Chip *>(context);
      if (boot == 1 && sequence == kFramesMax - chip.frames && chip.frames > 0) --chip.frames;
    };
    ef_console_start(&console, packet, sizeof packet);
    quiet = console;
  }

  void place_model() {
    uint8_t *head = flash.bytes.data() + port.slot_offset[0];
    std::memset(head, 0, EF_IMAGE_HEADER + kPayload);
    std::memcpy(head, "EFM1", 4);
    head[4] = EF_IMAGE_HEADER;
    head[12] = kPayload & 0xFF;
    head[13] = kPayload >> 8;
    head[20] = 1;
    ef_sha256 hash;
    ef_sha256_start(&hash);
    ef_sha256_add(&hash, head, 96);
    ef_sha256_add(&hash, head + EF_IMAGE_HEADER, kPayload);
    ef_sha256_end(&hash, head + 96);
  }

  // As it was before the last input; the flash only where it was changed.
  void renew() {
    slots = fresh;
    console = quiet;
    frames = kFramesMax;
    if (flash.operations == 0) return;
    flash.bytes = clean;
    flash.operations = 0;
  }

  void ask(const uint8_t *request, uint32_t bytes) {
    uint8_t answer[kRoom + 1];
    answer[kRoom] = 0xA5;
    const uint32_t got = ef_smp_answer(&smp, request, bytes, answer, kRoom);
    insist(answer[kRoom] == 0xA5 && got <= kRoom, "an answer fits");
    if (got == 0) return;
    insist(got >= EF_SMP_HEADER && (answer[0] & 7) == (request[0] & 7) + 1, "it is an answer");
    insist(std::memcmp(answer + 4, request + 4, 4) == 0, "it answers the request");
    insist(answer[2] * 256u + answer[3] == got - EF_SMP_HEADER, "its length is right");
    insist(ef_cbor_read(answer + EF_SMP_HEADER, got - EF_SMP_HEADER, "", nullptr) == 0, "it is CBOR");
    const ef_slots_state &record = slots.record;
    insist(record.active < EF_SLOTS && record.slot[record.active].state == EF_SLOT_GOOD, "a good model is left");
    insist(record.low >= 1, "the lowest counter never falls");
    insist(flash.misuses == 0, "the flash is used as flash");
  }
};

Chip &chip() {
  static Chip one;
  return one;
}

void as_payload(Chip &chip, const uint8_t *data, uint32_t bytes) {
  if (bytes < 3 || bytes > kRequestMax) return;
  uint8_t request[EF_SMP_HEADER + kRequestMax] = {};
  const uint32_t body = bytes - 3;
  request[0] = static_cast<uint8_t>(8 | (data[0] & 2));
  request[2] = static_cast<uint8_t>(body >> 8);
  request[3] = static_cast<uint8_t>(body);
  request[5] = data[1] % 3 == 0 ? 0 : data[1] % 3 == 1 ? 1 : 64;
  request[7] = data[2] % 10;
  std::memcpy(request + EF_SMP_HEADER, data + 3, body);
  chip.ask(request, EF_SMP_HEADER + body);
}

// Payloads of one session, each with its length before it.
void as_session(Chip &chip, const uint8_t *data, uint32_t bytes) {
  while (bytes > 1) {
    const uint32_t one = data[0] < bytes - 1 ? data[0] : bytes - 1;
    as_payload(chip, data + 1, one);
    data += 1 + one;
    bytes -= 1 + one;
  }
}

void as_line(Chip &chip, const uint8_t *data, uint32_t bytes) {
  for (uint32_t i = 0; i < bytes; ++i) {
    const uint32_t got = ef_console_take(&chip.console, data[i]);
    insist(got <= kRoom, "a packet fits");
    if (got > 0) chip.ask(chip.packet + 2, got);
  }
}

// What is sent arrives.
void through_line(Chip &chip, const uint8_t *data, uint32_t bytes) {
  if (bytes == 0 || bytes > kRoom) return;
  std::vector<uint8_t> line;
  ef_console_send(
      data, bytes, [](void *to, uint8_t byte) { static_cast<std::vector<uint8_t> *>(to)->push_back(byte); }, &line);
  uint32_t got = 0;
  for (uint8_t byte : line) {
    insist(got == 0, "nothing comes behind a packet");
    got = ef_console_take(&chip.console, byte);
  }
  insist(got == bytes && std::memcmp(chip.packet + 2, data, bytes) == 0, "what is sent arrives");
}

void as_cbor(const uint8_t *data, uint32_t bytes) {
  ef_cbor_field fields[5];
  if (ef_cbor_read(data, bytes, "x*off\0b*data\0s*d\0o*confirm\0b sha\0", fields) != 0) return;
  for (uint32_t i = 0; i < 5; ++i) {
    const ef_cbor_field &field = fields[i];
    if (field.data == nullptr) continue;
    const uint32_t text_bytes = i == 0 || i == 3 ? 0 : field.value;  // numbers have no bytes
    insist(field.data >= data && text_bytes <= bytes && field.data + text_bytes <= data + bytes, "it points inside");
  }
  insist(fields[4].data == nullptr || fields[4].value == 32, "a digest has its length");
}

uint8_t g_given[4], g_made[5];

// A code that gives back its input, and the sum of it.
int32_t give_back() {
  g_made[4] = 0;
  for (uint32_t i = 0; i < sizeof g_given; ++i) g_made[4] = static_cast<uint8_t>(g_made[4] + (g_made[i] = g_given[i]));
  return 0;
}

// The first byte is the offset of the vectors, the rest the payload.
void as_weights(const uint8_t *data, uint32_t bytes) {
  static const uint32_t kGiven[] = {3, 1}, kMade[] = {4, 1};
  static const ef_weights_code kCode = {
      [](const void *) {},
      []() -> int32_t { return 0; },
      [](uint32_t index) -> void * { return g_given + 3 * index; },
      [](uint32_t index) -> const void * { return g_made + 4 * index; },
      give_back,
      2,
      2,
      kGiven,
      kMade};
  const std::vector<uint8_t> payload(data + 1, data + bytes);
  ef_model_image image{};
  image.kind = EF_IMAGE_WEIGHTS;
  image.entry = data[0];
  image.payload_bytes = bytes - 1;
  ef_proof proof{};
  proof.bad = EF_PROOF_EQUAL;
  const int32_t ran = ef_weights_prove(&kCode, &image, payload.data(), &proof);
  insist(ran != 0 || proof.vectors <= bytes / (sizeof g_given + sizeof g_made), "its vectors lie in it");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2) return 0;
  Chip &one = chip();
  one.renew();
  const auto bytes = static_cast<uint32_t>(size - 1);
  // A copy of its own size, so that a read behind it is seen.
  const std::vector<uint8_t> input(data + 1, data + size);
  switch (data[0] % 7) {
    case 0: one.ask(input.data(), bytes); break;
    case 1: as_line(one, input.data(), bytes); break;
    case 2: as_payload(one, input.data(), bytes); break;
    case 3: as_cbor(input.data(), bytes); break;
    case 4: as_session(one, input.data(), bytes); break;
    case 5: through_line(one, input.data(), bytes); break;
    default: as_weights(input.data(), bytes); break;
  }
  return 0;
}
