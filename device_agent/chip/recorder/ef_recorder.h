// Counts what a model does, in the bins of its version's telemetry schema. Integers only; nothing
// is divided; no heap, no C library. What is counted equals the Linux agent's counts to the digit.
//
//   ef_sums sums;
//   ef_describe(schema, input, &sums);  // before ef_invoke(), which may overwrite its input
//   ... ef_invoke() ...
//   ef_record(recorder, &sums, output, microseconds);
//
// The schema is a table of words made from the version's telemetry schema. It holds no address, so
// it may lie in a model's own image, anywhere at a multiple of four.
// One thread at a time may call these functions for one recorder.
#ifndef EF_RECORDER_H
#define EF_RECORDER_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The words of a schema's table.
enum {
  EF_SCHEMA_MAGIC = 0,
  EF_SCHEMA_WORDS = 1,    // of the whole table
  EF_SCHEMA_SECONDS = 2,  // after which a window is to be sealed
  EF_SCHEMA_ELEMENTS = 3, // of the input
  EF_SCHEMA_STRIDE = 4,   // how far apart two neighbours of the input lie
  EF_SCHEMA_CLASSES = 5,
  EF_SCHEMA_CLASSIFIES = 6, // 0: the output is not one int8 for each class
  EF_SCHEMA_COUNTS = 7,     // of 16 bits that the histograms take
  EF_SCHEMA_FEATURES = 8,   // that are counted: none where the input is not int8
  EF_SCHEMA_UNCOUNTED = 9,  // bins of features that are not
  EF_SCHEMA_DIGEST = 10,    // eight words: SHA-256 of the schema; its id is the first
  EF_SCHEMA_FEATURE = 18,   // of each: what it is | edges << 8, then a threshold for each edge
};
#define EF_SCHEMA_MAGIC_WORD 0x31544645u // "EFT1"
#define EF_ELEMENTS_MAX 0x3FFFFu         // of an input, so that sums of squares fit 32 bits

// What a feature compares with its thresholds, which are signed. The table's maker has multiplied
// them by what the descriptor divides by, so that nothing has to be divided here.
enum { EF_MEAN = 0, EF_SPREAD = 1, EF_LOW_SHARE = 2, EF_HIGH_SHARE = 3, EF_EDGE = 4, EF_SUMS = 5 };

#define EF_CONFIDENCE_BINS 16u
#define EF_LATENCY_BUCKETS 37u
#define EF_SAMPLES_MAX 65535u // of a window, so that a count fits 16 bits

enum { EF_INVALID = 0, EF_BELOW_MIN = 1, EF_ABOVE_MAX = 2, EF_ERRORS = 3, EF_COUNTERS = 4 };

// The owner's own numbers: the least and the greatest of a window are kept.
enum {
  EF_STACK = 0,       // bytes of stack that were used at most
  EF_BATTERY = 1,     // millivolts
  EF_TEMPERATURE = 2, // tenths of a degree Celsius
  EF_GAUGES = 3
};

// Of one input: sum, standard deviation rounded down, elements at -128, at 127, and sum of the steps
// between neighbours.
typedef struct ef_sums {
  int32_t of[EF_SUMS];
} ef_sums;

// Both keep the greatest number that they met: `high` of the value + 2^31, `low` of what is left of it
// to 2^32 - 1. So zero is less than all, and both are zero where nobody told.
typedef struct ef_gauge {
  uint32_t low, high;
} ef_gauge;

// The open window. `counts` goes on for as long as the schema says.
typedef struct ef_recorder {
  const uint32_t *schema;
  uint32_t opened_s;
  uint32_t counters[EF_COUNTERS];
  ef_gauge gauges[EF_GAUGES];
  uint16_t samples;
  uint16_t counts[1];
} ef_recorder;

// What a recorder takes for a schema with so many counts; the table's header has it as a number.
#define EF_RECORDER_BYTES(counts_of_schema) \
  ((uint32_t)__builtin_offsetof(ef_recorder, counts) + 2u * (counts_of_schema))

// Returns how many words a table has whose parts agree with each other and fit `words`; else 0.
// For whoever takes a table that was not linked with the firmware.
uint32_t ef_schema_check(const uint32_t *schema, uint32_t words);

// Makes a recorder in `memory`, aligned as one. Returns null when the memory is too small for
// the schema. `now_s` is uptime in seconds, here and below.
ef_recorder *ef_recorder_init(void *memory, uint32_t bytes, const uint32_t *schema, uint32_t now_s);

// Throws the counts away: a window has been sealed, and the next one opens.
void ef_recorder_open(ef_recorder *recorder, uint32_t now_s);

// Sums over the input of one inference.
void ef_describe(const uint32_t *schema, const int8_t *input, ef_sums *sums);

// Counts one inference that went well, and returns how many the window holds. At EF_SAMPLES_MAX it
// is full and has to be sealed: more than that are not counted.
uint32_t ef_record(ef_recorder *recorder, const ef_sums *sums, const int8_t *output,
                   uint32_t microseconds);

// Counts an input that the model could not be asked about (EF_INVALID), one that had to be clipped
// to fit (EF_BELOW_MIN, EF_ABOVE_MAX), or a run that failed (EF_ERRORS).
void ef_count(ef_recorder *recorder, uint32_t counter);

// Keeps a number of the owner's.
void ef_tell(ef_recorder *recorder, uint32_t gauge, int32_t value);

#ifdef __cplusplus
}
#endif
#endif
