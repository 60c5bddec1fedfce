#include "ef_recorder.h"

namespace {

constexpr uint32_t kTwo = 0x80000000u, kRootOfTwo = 0xB504F333u; // 2^31, and 2^31.5 rounded down
constexpr uint32_t kFirstShift = 25, kLastShift = 8;             // of these to 64 us and to 8.4 s

// How many bounds lie below: two an octave, 2^(6 + k/2) rounded down.
uint32_t latency_bucket(uint32_t microseconds) {
  const uint32_t below = microseconds - (microseconds != 0);
  uint32_t bucket = 0;
  for (uint32_t shift = kFirstShift; shift >= kLastShift && below >= kTwo >> shift; --shift)
    bucket += below >= kRootOfTwo >> shift ? 2 : 1;
  return bucket;
}

uint32_t edges_of(uint32_t feature) { return feature >> 8; }

uint32_t kind_of(uint32_t feature) { return feature & 0xFF; }

// The product in 64 bits, in the parts that the smallest cores can multiply.
#if defined(__ARM_ARCH_6M__)
__attribute__((noinline)) uint64_t product(uint32_t a, uint32_t b) {
  const uint32_t a_low = a & 0xFFFF, a_high = a >> 16, b_low = b & 0xFFFF, b_high = b >> 16;
  const uint64_t ends = static_cast<uint64_t>(a_high * b_high) << 32 | a_low * b_low;
  return ends + (static_cast<uint64_t>(a_low * b_high) << 16) +
         (static_cast<uint64_t>(a_high * b_low) << 16);
}
#else
uint64_t product(uint32_t a, uint32_t b) { return static_cast<uint64_t>(a) * b; }
#endif

// The standard deviation, rounded down, from what its square times elements^2 comes to: the greatest
// number of seven bits whose own square is not above it.
int32_t spread_of(uint64_t square, uint32_t elements) {
  uint32_t found = 0;
  for (uint32_t bit = 64; bit != 0; bit >>= 1) {
    const uint32_t more = (found + bit) * elements;
    if (product(more, more) <= square) found += bit;
  }
  return static_cast<int32_t>(found);
}

// Counts the bin of each feature: how many thresholds are not above its sum. Gives where the next
// block of counts begins.
uint16_t *count_features(const uint32_t *schema, const ef_sums &sums, uint16_t *counts) {
  const uint32_t *at = schema + EF_SCHEMA_FEATURE;
  for (uint32_t left = schema[EF_SCHEMA_FEATURES]; left != 0; --left) {
    const uint32_t feature = *at++;
    const int32_t value = sums.of[kind_of(feature)];
    uint16_t *bin = counts;
    for (uint32_t edge = edges_of(feature); edge != 0; --edge, ++counts)
      if (value >= static_cast<int32_t>(*at++)) ++bin;
    ++*bin;
    ++counts;
  }
  return counts + schema[EF_SCHEMA_UNCOUNTED];
}

// The bin of how sure the model is, among those of the first of the greatest outputs.
uint32_t confidence_place(const int8_t *output, uint32_t classes) {
  int32_t most = -128;
  uint32_t best = 0;
  uint32_t i = classes;
  do {
    --i;
    if (output[i] < most) continue;
    most = output[i];
    best = i;
  } while (i != 0);
  return best * EF_CONFIDENCE_BINS + (static_cast<uint32_t>(most + 128) >> 4);
}

} // namespace

extern "C" {

uint32_t ef_schema_check(const uint32_t *schema, uint32_t words) {
  if (words < EF_SCHEMA_FEATURE || schema[EF_SCHEMA_MAGIC] != EF_SCHEMA_MAGIC_WORD) return 0;
  uint32_t counts = schema[EF_SCHEMA_CLASSES] * EF_CONFIDENCE_BINS + EF_LATENCY_BUCKETS;
  counts += schema[EF_SCHEMA_UNCOUNTED];
  uint32_t at = EF_SCHEMA_FEATURE;
  for (uint32_t left = schema[EF_SCHEMA_FEATURES]; left != 0; --left) {
    if (at >= words || kind_of(schema[at]) >= EF_SUMS) return 0;
    const uint32_t edges = edges_of(schema[at]);
    counts += edges + 1;
    at += 1 + edges;
  }
  const bool agrees = at == schema[EF_SCHEMA_WORDS] && counts == schema[EF_SCHEMA_COUNTS];
  return agrees && at <= words ? at : 0;
}

ef_recorder *ef_recorder_init(void *memory, uint32_t bytes, const uint32_t *schema,
                              uint32_t now_s) {
  ef_recorder *recorder = static_cast<ef_recorder *>(memory);
  if (bytes < EF_RECORDER_BYTES(schema[EF_SCHEMA_COUNTS])) return nullptr;
  recorder->schema = schema;
  ef_recorder_open(recorder, now_s);
  return recorder;
}

__attribute__((noinline)) void ef_recorder_open(ef_recorder *recorder, uint32_t now_s) {
  uint8_t *byte = reinterpret_cast<uint8_t *>(recorder) + sizeof recorder->schema;
  const uint8_t *end =
      reinterpret_cast<uint8_t *>(recorder->counts + recorder->schema[EF_SCHEMA_COUNTS]);
  while (byte != end) *byte++ = 0;
  recorder->opened_s = now_s;
}

void ef_describe(const uint32_t *schema, const int8_t *input, ef_sums *sums) {
  const uint32_t elements = schema[EF_SCHEMA_ELEMENTS];
  const int8_t *end = input + elements;
  int32_t total = 0, low = 0, high = 0, steps = 0;
  uint32_t squares = 0;
  for (const int8_t *at = input; at != end; ++at) {
    const int32_t value = *at;
    total += value;
    squares += static_cast<uint32_t>(value * value);
    if (value == -128) ++low;
    if (value == 127) ++high;
  }
  const uint32_t size = static_cast<uint32_t>(total < 0 ? -total : total);
  sums->of[EF_MEAN] = total;
  sums->of[EF_LOW_SHARE] = low;
  sums->of[EF_HIGH_SHARE] = high;
  sums->of[EF_SPREAD] = spread_of(product(elements, squares) - product(size, size), elements);
  const uint32_t stride = schema[EF_SCHEMA_STRIDE];
  for (int32_t left = static_cast<int32_t>(elements - stride); left > 0; --left, ++input) {
    const int32_t step = input[stride] - *input;
    steps += step < 0 ? -step : step;
  }
  sums->of[EF_EDGE] = steps;
}

uint32_t ef_record(ef_recorder *recorder, const ef_sums *sums, const int8_t *output,
                   uint32_t microseconds) {
  const uint32_t *schema = recorder->schema;
  const uint32_t samples = recorder->samples + 1u;
  if (samples > EF_SAMPLES_MAX) return samples;
  recorder->samples = static_cast<uint16_t>(samples);
  uint16_t *counts = count_features(schema, *sums, recorder->counts);
  const uint32_t classes = schema[EF_SCHEMA_CLASSES];
  if (schema[EF_SCHEMA_CLASSIFIES] != 0) ++counts[confidence_place(output, classes)];
  counts += classes * EF_CONFIDENCE_BINS;
  ++counts[latency_bucket(microseconds)];
  return samples;
}

void ef_count(ef_recorder *recorder, uint32_t counter) {
  ++recorder->counters[counter];
}

void ef_tell(ef_recorder *recorder, uint32_t gauge, int32_t value) {
  ef_gauge &kept = recorder->gauges[gauge];
  const uint32_t high = static_cast<uint32_t>(value) ^ 0x80000000u, low = ~high;
  if (low > kept.low) kept.low = low;
  if (high > kept.high) kept.high = high;
}

} // extern "C"
