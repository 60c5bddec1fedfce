#include "ef_encoder.h"

namespace {

constexpr uint32_t kVersion = 1;
constexpr uint32_t kUnsigned = 0x00, kNegative = 0x20, kBytes = 0x40, kArray = 0x80, kMap = 0xA0;

bool is_told(const ef_gauge &gauge) { return (gauge.low | gauge.high) != 0; }

struct Writer {
  uint8_t *out;
  uint32_t room;
  uint32_t at = 0;
  uint32_t zeros = 0; // of a run that is not written yet

  Writer(uint8_t *to, uint32_t bytes) : out(to), room(bytes) {}

  void byte(uint32_t value) {
    if (at < room) out[at] = static_cast<uint8_t>(value);
    ++at;
  }

  // A CBOR head in its shortest form.
  void head(uint32_t kind, uint32_t value) {
    uint32_t bytes = value > 0xFFFF ? 4 : value > 0xFF ? 2 : value > 23 ? 1 : 0;
    byte(kind | (bytes == 0 ? value : bytes == 4 ? 26 : 23 + bytes));
    while (bytes != 0) byte(value >> (8 * --bytes));
  }

  // Of a signed number in two's complement.
  void integer(uint32_t bits) {
    if (bits >> 31)
      head(kNegative, ~bits);
    else
      head(kUnsigned, bits);
  }

  void varint(uint32_t value) {
    for (; value > 0x7F; value >>= 7) byte(value | 0x80);
    byte(value);
  }

  void end_zeros() {
    if (zeros == 0) return;
    byte(0);
    varint(zeros - 1);
    zeros = 0;
  }

  void count(uint32_t value) {
    if (value == 0) {
      ++zeros;
      return;
    }
    end_zeros();
    varint(value);
  }

  void counts(const ef_recorder &recorder, uint32_t dropped) {
    const uint32_t histograms = recorder.schema[EF_SCHEMA_COUNTS];
    for (uint32_t i = 0; i < histograms; ++i) count(recorder.counts[i]);
    for (uint32_t counter : recorder.counters) count(counter);
    count(dropped);
    end_zeros();
  }

  void gauges(const ef_recorder &recorder, uint32_t told) {
    head(kMap, told);
    for (uint32_t i = 0; i < EF_GAUGES; ++i) {
      const ef_gauge &gauge = recorder.gauges[i];
      if (!is_told(gauge)) continue;
      byte(i);
      byte(kArray | 2);
      integer(~gauge.low ^ 0x80000000u);
      integer(gauge.high ^ 0x80000000u);
    }
  }
};

uint32_t gauges_told(const ef_recorder &recorder) {
  uint32_t told = 0;
  for (const ef_gauge &gauge : recorder.gauges) told += is_told(gauge);
  return told;
}

} // namespace

extern "C" uint32_t ef_encode(const ef_recorder *recorder, const ef_window *window, uint8_t *out,
                              uint32_t room) {
  const uint32_t told = gauges_told(*recorder), opened = recorder->opened_s;
  Writer blob(nullptr, 0);
  blob.counts(*recorder, window->dropped);
  Writer writer(out, room);
  writer.byte(kArray | (told == 0 ? 9 : 10));
  writer.byte(kVersion);
  writer.byte(kBytes | 4);
  for (uint32_t shift = 0; shift < 32; shift += 8)
    writer.byte(recorder->schema[EF_SCHEMA_DIGEST] >> shift);
  const uint32_t numbers[] = {window->boot,
                              window->seq,
                              opened,
                              window->now_s > opened ? window->now_s - opened : 0,
                              recorder->samples,
                              window->flags};
  for (uint32_t number : numbers) writer.head(kUnsigned, number);
  writer.head(kBytes, blob.at);
  writer.counts(*recorder, window->dropped);
  if (told != 0) writer.gauges(*recorder, told);
  return writer.at;
}
