#include "ef_encoder.h"
#include "ef_ring.h"
#include "ef_schema_@name@.h"

extern "C" int32_t port_read(void *, uint32_t at, void *to, uint32_t bytes);
extern "C" int32_t port_write(void *, uint32_t at, const void *from, uint32_t bytes);
extern "C" int32_t port_erase(void *, uint32_t at);

alignas(ef_recorder) static uint8_t memory[EF_@NAME@_RECORDER_BYTES];
static uint8_t frame[EF_@NAME@_FRAME_BYTES_MAX];
static const ef_flash flash = {port_read, port_write, port_erase, nullptr, 4096, 4, 8};
static ef_recorder *recorder;
static ef_ring ring;

extern "C" int32_t hear_open(uint32_t uptime_s) {  // once, at the start
  recorder = ef_recorder_init(memory, sizeof memory, ef_schema_@name@, uptime_s);
  return ef_ring_open(&ring, &flash);
}

extern "C" void hear_input(const int8_t *input, ef_sums *sums) {  // before each run
  ef_describe(recorder->schema, input, sums);
}

extern "C" int32_t hear_output(const ef_sums *sums, const int8_t *output, uint32_t microseconds) {  // after it
  return ef_record(recorder, sums, output, microseconds) >= EF_SAMPLES_MAX;  // 1: seal now
}

extern "C" int32_t hear_seal(uint32_t uptime_s, uint32_t flags) {  // when full, or the schema's time is over
  const ef_window window = {ring.boot, ring.seq, uptime_s, flags, ef_ring_dropped(&ring)};
  const uint32_t bytes = ef_encode(recorder, &window, frame, sizeof frame);
  ef_recorder_open(recorder, uptime_s);
  return ef_ring_put(&ring, frame, bytes);
}
