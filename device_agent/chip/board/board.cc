#include "board.h"

#include "console.h"
#include "ef_encoder.h"
#include "ef_recorder.h"
#include "ef_ring.h"
#include "model_entry.h"
#include "order.h"
#include "sha256.h"

namespace {

constexpr uint32_t kTextMax = 64;  // bytes of a model's name or version
constexpr uint32_t kTargetMax = 64;

struct Board {
  const ef_board_port *port;
  ef_slots_port slots_port;
  ef_slots slots;
  ef_smp_port smp;
  ef_console console;
  const ef_model_entry *model;  // of the slot `loaded`
  uint32_t loaded, vector, last, started, trial_since;
  uint32_t chance;  // which frame of its sensor it looks at next
  bool reset_wanted, calm;
  ef_flash ring_flash;
  ef_ring ring;
  ef_recorder *recorder;  // of the model that runs; none where it brings no schema
  alignas(8) uint8_t counts[EF_BOARD_RECORDER_BYTES];
  uint8_t frame[EF_BOARD_FRAME_BYTES];
  uint8_t packet[EF_BOARD_BUFFER + EF_CONSOLE_EXTRA];
  uint8_t answer[EF_BOARD_BUFFER];
};

Board g_board;

uint8_t *memory(uint32_t address) { return reinterpret_cast<uint8_t *>(static_cast<uintptr_t>(address)); }

// --- flash: memory that behaves as NOR flash does -----------------------------------------------------------------

bool inside(uint32_t offset, uint32_t bytes) {
  return offset <= EF_BOARD_FLASH_BYTES && bytes <= EF_BOARD_FLASH_BYTES - offset;
}

int32_t flash_read(void *, uint32_t offset, void *to, uint32_t bytes) {
  if (!inside(offset, bytes)) return -1;
  const uint8_t *from = memory(EF_BOARD_FLASH + offset);
  for (uint32_t i = 0; i < bytes; ++i) static_cast<uint8_t *>(to)[i] = from[i];
  return 0;
}

int32_t flash_write(void *, uint32_t offset, const void *from, uint32_t bytes) {
  if (!inside(offset, bytes) || (offset | bytes) % EF_BOARD_WRITE != 0) return -1;
  uint8_t *to = memory(EF_BOARD_FLASH + offset);
  for (uint32_t i = 0; i < bytes; ++i) to[i] = static_cast<uint8_t>(to[i] & static_cast<const uint8_t *>(from)[i]);
  return 0;
}

int32_t flash_erase(void *, uint32_t offset) {
  if (!inside(offset, EF_BOARD_SECTOR) || offset % EF_BOARD_SECTOR != 0) return -1;
  uint8_t *at = memory(EF_BOARD_FLASH + offset);
  for (uint32_t i = 0; i < EF_BOARD_SECTOR; ++i) at[i] = 0xFF;
  return 0;
}

int32_t ring_read(void *context, uint32_t at, void *to, uint32_t bytes) {
  return flash_read(context, EF_BOARD_RING + at, to, bytes);
}
int32_t ring_write(void *context, uint32_t at, const void *from, uint32_t bytes) {
  return flash_write(context, EF_BOARD_RING + at, from, bytes);
}
int32_t ring_erase(void *context, uint32_t at) { return flash_erase(context, EF_BOARD_RING + at); }

// --- what the model does, in windows ------------------------------------------------------------------------------

uint32_t uptime(void *context) {
  const Board &board = *static_cast<Board *>(context);
  return (board.port->now(board.port->context) - board.started) / 1000u;
}

void seal(Board &board, uint32_t flags) {
  if (board.recorder == nullptr || board.recorder->samples == 0) return;
  const uint32_t now = uptime(&board);
  const uint8_t running = board.slots.running;
  const bool trial = running < EF_SLOTS && board.slots.record.slot[running].state == EF_SLOT_TRIAL;
  if (trial) flags |= EF_TRIAL;
  const ef_window window = {board.ring.boot, board.ring.seq, now, flags, ef_ring_dropped(&board.ring)};
  const uint32_t bytes = ef_encode(board.recorder, &window, board.frame, sizeof board.frame);
  ef_recorder_open(board.recorder, now);
  if (bytes <= sizeof board.frame) ef_ring_put(&board.ring, board.frame, bytes);
}

void seal_when_due(Board &board) {
  const ef_recorder *recorder = board.recorder;
  if (recorder == nullptr) return;
  const bool full = recorder->samples >= EF_SAMPLES_MAX;
  const uint32_t own = board.port->made->window_s;
  const uint32_t seconds = own != 0 ? own : recorder->schema[EF_SCHEMA_SECONDS];
  if (full || uptime(&board) - recorder->opened_s >= seconds) {
    seal(board, full ? static_cast<uint32_t>(EF_FULL) : 0u);
  }
}

void next_frame(void *context, ef_smp_frame *frame, uint8_t *to, uint32_t room) {
  Board &board = *static_cast<Board *>(context);
  ef_ring_window window;
  frame->lost = board.ring.lost;
  if (ef_ring_oldest(&board.ring, &window, to, room) != EF_RING_OK) return;
  *frame = ef_smp_frame{board.ring.kept, board.ring.lost, window.boot, window.seq, window.bytes};
}

void drop_frame(void *context, uint32_t boot, uint32_t sequence) {
  ef_ring_acknowledge(&static_cast<Board *>(context)->ring, boot, sequence);
}

// --- the model of a slot ------------------------------------------------------------------------------------------

uint32_t payload_of(const Board &board, uint32_t slot) {
  return EF_BOARD_FLASH + board.slots_port.slot_offset[slot] + EF_IMAGE_HEADER;
}

int32_t fits(void *context, uint32_t slot, const ef_model_image *image) {
  const Board &board = *static_cast<Board *>(context);
  const bool in_place = image->load_address == payload_of(board, slot);
  const bool copied = image->load_address == EF_BOARD_RUN && image->payload_bytes <= EF_BOARD_RUN_BYTES;
  const bool code = image->kind == EF_IMAGE_CODE && image->entry % sizeof(void *) == 0 &&
                    image->payload_bytes - image->entry >= sizeof(ef_model_entry);
  return code && (in_place || copied) ? 0 : -1;
}

bool lies(const void *what, uint32_t bytes, uint32_t start, uint32_t room) {
  const uintptr_t at = reinterpret_cast<uintptr_t>(what);
  return at >= start && at <= uintptr_t{start} + room && bytes <= uintptr_t{start} + room - at;
}

bool is_text(const char *text, const ef_model_image &image) {
  for (uint32_t i = 0; i < kTextMax; ++i) {
    if (!lies(text + i, 1, image.load_address, image.payload_bytes)) return false;
    if (text[i] == 0) return true;
  }
  return false;
}

bool sound(const ef_model_entry *entry, const ef_model_image &image) {
  if (entry->magic != EF_ENTRY_MAGIC || entry->bytes < EF_ENTRY_BYTES_MIN) return false;
  const uint8_t *start = static_cast<uint8_t *>(entry->ram_start), *end = static_cast<uint8_t *>(entry->ram_end);
  const ef_model_info *info = entry->info;
  return end >= start && lies(start, 0, EF_BOARD_MODEL_RAM, EF_BOARD_MODEL_RAM_BYTES) &&
         lies(end, 0, EF_BOARD_MODEL_RAM, EF_BOARD_MODEL_RAM_BYTES) &&
         lies(info, sizeof *info, image.load_address, image.payload_bytes) && is_text(info->name, image) &&
         is_text(info->version, image);
}

bool has_schema(const ef_model_info &info, const ef_model_image &image) {
  constexpr uint32_t kWordsMax = 4096;
  if (info.schema == nullptr || info.schema_words > kWordsMax) return false;
  const bool inside_image = lies(info.schema, 4 * info.schema_words, image.load_address, image.payload_bytes);
  return inside_image && reinterpret_cast<uintptr_t>(info.schema) % 4 == 0 &&
         ef_schema_check(info.schema, info.schema_words) != 0;
}

// Brings a slot's model to where it runs, and prepares it; none when its entry is not one.
const ef_model_entry *load(Board &board, uint32_t slot, const ef_model_image &image) {
  seal(board, EF_SWITCHED);
  board.recorder = nullptr;
  board.smp.schema = nullptr;
  board.model = nullptr;
  board.loaded = EF_SLOTS;
  board.vector = 0;
  if (fits(&board, slot, &image) != 0) return nullptr;
  if (image.load_address == EF_BOARD_RUN) {
    const uint8_t *from = memory(payload_of(board, slot));
    uint8_t *to = memory(EF_BOARD_RUN);
    for (uint32_t i = 0; i < image.payload_bytes; ++i) to[i] = from[i];
  }
  const auto *entry = reinterpret_cast<const ef_model_entry *>(memory(image.load_address + image.entry));
  if (!sound(entry, image)) return nullptr;
  for (uint8_t *at = static_cast<uint8_t *>(entry->ram_start); at < entry->ram_end; ++at) *at = 0;
  if (entry->init() != 0) return nullptr;
  board.model = entry;
  board.loaded = slot;
  if (has_schema(*entry->info, image)) {
    board.smp.schema = reinterpret_cast<const uint8_t *>(entry->info->schema + EF_SCHEMA_DIGEST);
    board.recorder = ef_recorder_init(board.counts, sizeof board.counts, entry->info->schema, uptime(&board));
  }
  return entry;
}

int32_t prove(void *context, uint32_t slot, const ef_model_image *image, ef_proof *proof) {
  Board &board = *static_cast<Board *>(context);
  const ef_model_entry *model = load(board, slot, *image);
  if (model == nullptr) return -1;
  proof->vectors = model->info->vectors;
  for (uint32_t i = 0; i < proof->vectors; ++i) {
    board.port->feed(board.port->context);
    if (model->info->vector(i) != 1 && proof->bad == EF_PROOF_EQUAL) proof->bad = i;
  }
  return 0;
}

// The model that runs is the one of the slot that should.
void keep_loaded(Board &board) {
  ef_model_image image;
  if (board.slots.running == board.loaded) return;
  if (ef_slots_image(&board.slots, &image) == 0) load(board, board.slots.running, image);
}

bool has_sensor(const Board &board) {
  const ef_sensor *sensor = board.port->sensor;
  const ef_model_entry &model = *board.model;
  return sensor != nullptr && sensor->magic == EF_SENSOR_MAGIC && sensor->frames > 0 && sensor->white > 0 &&
         model.bytes >= sizeof model && model.input_scale > 0 && sensor->frame_bytes == model.info->input_bytes[0];
}

// A frame of the sensor as the first input: real numbers from 0 to 1, through the gain of its light.
void look(Board &board) {
  const ef_sensor &sensor = *board.port->sensor;
  const ef_model_entry &model = *board.model;
  board.chance = board.chance * 1664525u + 1013904223u;
  const uint8_t *pixel = sensor.pixels + (board.chance >> 8) % sensor.frames * sensor.frame_bytes;
  const uint32_t full = sensor.white * 256u, gain = sensor.gain;
  int8_t *to = static_cast<int8_t *>(model.input(0));
  for (uint32_t i = 0; i < sensor.frame_bytes; ++i) {
    const uint32_t light = pixel[i] * gain < full ? pixel[i] * gain : full;
    const float steps = static_cast<float>(light) / (static_cast<float>(full) * model.input_scale);
    const int32_t value = static_cast<int32_t>(steps + 0.5f) + model.input_zero_point;
    to[i] = static_cast<int8_t>(value > 127 ? 127 : value < -128 ? -128 : value);
  }
}

// A board without a sensor sees the inputs of the vectors, one after another.
const uint8_t *next_sample(Board &board) {
  const ef_model_info &info = *board.model->info;
  uint32_t bytes = 0;
  for (uint32_t i = 0; i < info.inputs; ++i) bytes += info.input_bytes[i];
  const uint8_t *sample = info.samples + board.vector * bytes;
  board.vector = (board.vector + 1) % info.vectors;
  return sample;
}

void look_at_vectors(Board &board) {
  const ef_model_entry &model = *board.model;
  const uint8_t *sample = next_sample(board);
  for (uint32_t i = 0; i < model.info->inputs; ++i) {
    uint8_t *to = static_cast<uint8_t *>(model.input(i));
    for (uint32_t j = 0; j < model.info->input_bytes[i]; ++j) to[j] = *sample++;
  }
}

void infer(Board &board) {
  const ef_model_entry &model = *board.model;
  if (model.info->vectors == 0) return;
  if (has_sensor(board)) {
    look(board);
  } else {
    look_at_vectors(board);
  }
  ef_sums sums;
  if (board.recorder != nullptr) ef_describe(board.recorder->schema, static_cast<const int8_t *>(model.input(0)), &sums);
  const uint32_t begun = board.port->micros(board.port->context);
  const bool ran = model.invoke() == 0;
  const uint32_t took = board.port->micros(board.port->context) - begun;
  if (board.recorder == nullptr) return;
  if (ran) {
    ef_record(board.recorder, &sums, static_cast<const int8_t *>(model.output(0)), took);
  } else {
    ef_count(board.recorder, EF_ERRORS);
  }
}

// --- what the management protocol asks ----------------------------------------------------------------------------

void ask_reset(void *context) { static_cast<Board *>(context)->reset_wanted = true; }

int32_t say_model(void *context, const char **name, const char **version) {
  const Board &board = *static_cast<Board *>(context);
  if (board.model == nullptr) return 0;
  *name = board.model->info->name;
  *version = board.model->info->version;
  return 1;
}

void put(void *context, uint8_t byte) {
  const ef_board_port *port = static_cast<Board *>(context)->port;
  port->put(port->context, byte);
}

void listen(Board &board) {
  for (;;) {
    const int32_t byte = board.port->get(board.port->context);
    if (byte < 0) return;
    const uint32_t bytes = ef_console_take(&board.console, static_cast<uint8_t>(byte));
    if (bytes == 0) continue;
    const uint32_t answer = ef_smp_answer(&board.smp, board.packet + 2, bytes, board.answer, sizeof board.answer);
    keep_loaded(board);
    if (answer > 0) ef_console_send(board.answer, answer, put, &board);
    if (board.reset_wanted) seal(board, EF_SHUTDOWN);
    if (board.reset_wanted) board.port->reset(board.port->context);
    board.port->feed(board.port->context);
  }
}

// A trial that nobody confirms in time ends, and a start that lasts is a good one.
void watch_time(Board &board, uint32_t now) {
  const uint8_t running = board.slots.running;
  const bool trial = running < EF_SLOTS && board.slots.record.slot[running].state == EF_SLOT_TRIAL;
  if (!trial) board.trial_since = now;
  if (trial && now - board.trial_since > EF_BOARD_TRIAL_MS) {
    ef_slots_give_up(&board.slots);
    keep_loaded(board);
  }
  if (!board.calm && now - board.started > EF_BOARD_CALM_MS) {
    board.calm = true;
    ef_slots_calm(&board.slots);
  }
}

void set_up_slots(Board &board) {
  ef_slots_port &slots = board.slots_port;
  const ef_made *made = board.port->made;
  slots.flash = ef_flash{flash_read, flash_write, flash_erase, &board, EF_BOARD_SECTOR,
                         EF_BOARD_FLASH_BYTES / EF_BOARD_SECTOR, EF_BOARD_WRITE};
  slots.log_offset = EF_BOARD_LOG;
  slots.slot_offset[0] = EF_BOARD_SLOT_A;
  slots.slot_offset[1] = EF_BOARD_SLOT_B;
  slots.slot_bytes = EF_BOARD_SLOT_BYTES;
  slots.context = &board;
  slots.fits = fits;
  slots.prove = prove;
#ifndef EF_BOARD_NO_ED25519  // without it strength 2 is refused, and no object of Zig's is needed
  slots.signature = ef_ed25519_verify;
#endif
  slots.strength = made->strength;
  slots.id_bytes = made->id_bytes < EF_ID_MAX ? made->id_bytes : EF_ID_MAX;
  for (uint32_t i = 0; i < EF_ID_MAX; ++i) slots.id[i] = made->id[i];
  for (uint32_t i = 0; i < EF_ID_MAX; ++i) board.chance = board.chance * 31 + made->id[i];
  for (uint32_t i = 0; i < sizeof slots.key; ++i) slots.key[i] = made->key[i];
  ef_sha256 hash;
  uint8_t digest[EF_SHA256_BYTES];
  ef_sha256_start(&hash);
  for (uint32_t i = 0; i < kTargetMax && board.port->target[i] != 0; ++i) ef_sha256_add(&hash, board.port->target + i, 1);
  ef_sha256_end(&hash, digest);
  for (uint32_t i = 0; i < sizeof slots.target; ++i) slots.target[i] = digest[i];
}

void set_up_smp(Board &board) {
  board.smp = ef_smp_port{};
  board.smp.slots = &board.slots;
  board.smp.board = board.port->board;
  board.smp.target = board.port->target;
  board.smp.firmware = EF_BOARD_FIRMWARE;
  board.smp.boot = board.ring.boot;
  board.smp.next_frame = next_frame;
  board.smp.drop_frame = drop_frame;
  board.smp.buffer_bytes = EF_BOARD_BUFFER;
  board.smp.context = &board;
  board.smp.uptime = uptime;
  board.smp.reset = ask_reset;
  board.smp.model = say_model;
  board.smp.images = ef_smp_images;
}

uint8_t reset_reason(ef_kept *kept) {
  if (kept->magic != EF_KEPT_MAGIC) *kept = ef_kept{EF_KEPT_MAGIC, EF_RESET_POWER};
  const uint8_t reason = kept->reset;
  kept->reset = EF_RESET_POWER;
  return reason;
}

}  // namespace

void ef_board_run(const ef_board_port *port) {
  Board &board = g_board;
  board.port = port;
  board.loaded = EF_SLOTS;
  const uint8_t reset = reset_reason(port->kept);
  board.ring_flash = ef_flash{ring_read, ring_write, ring_erase, &board, EF_BOARD_SECTOR, EF_BOARD_RING_SECTORS,
                              EF_BOARD_WRITE};
  if (ef_ring_open(&board.ring, &board.ring_flash) != EF_RING_OK) return;
  set_up_slots(board);
  set_up_smp(board);
  ef_console_start(&board.console, board.packet, sizeof board.packet);
  board.started = board.last = board.trial_since = port->now(port->context);
  if (ef_slots_start(&board.slots, &board.slots_port, reset) != EF_RC_OK) return;
  keep_loaded(board);
  for (;;) {
    listen(board);
    const uint32_t now = port->now(port->context);
    watch_time(board, now);
    if (board.model != nullptr && now - board.last >= EF_BOARD_INFERENCE_MS) {
      board.last = now;
      infer(board);
      seal_when_due(board);
    }
    port->feed(port->context);
    port->idle(port->context);
  }
}
