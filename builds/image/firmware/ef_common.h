/* What every EdgeFleet model has in common: the facts that it tells of itself, and the way between real numbers and
   its integers. C99 and C++; no C library. Each model of a firmware brings the same file. */
#ifndef EDGEFLEET_COMMON_H
#define EDGEFLEET_COMMON_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EF_FACTS_FORMAT 1u
#define EF_UNKNOWN 0xffffffffu /* a number that nobody measured */

enum { EF_BOOL = 1, EF_INT8, EF_UINT8, EF_INT16, EF_INT32, EF_INT64, EF_FLOAT32 };

/* One input or output: real = scale * (q - zero point). A scale of 0: it is not quantized, or its weights lie apart and
   say so themselves. `labels` are as many texts as `label_count` says, in UTF-8. */
typedef struct {
  uint8_t dtype;
  uint8_t rank;
  uint16_t label_count;
  uint32_t bytes;
  const uint32_t *shape;
  float scale;
  int32_t zero_point;
  const char *const *labels;
} ef_tensor_t;

/* Texts are UTF-8; a digest that nobody knows is all zeros, as that of the model where code takes the weights of any
   training. `build_sha256` is of sources, target and flags. */
typedef struct {
  uint32_t format;
  const char *name;
  const char *version;
  const char *target;
  uint8_t model_sha256[32];
  uint8_t build_sha256[32];
  uint8_t abi_sha256[32];
  uint8_t schema_sha256[32]; /* of the telemetry schema */
  uint32_t arena_bytes;      /* with the state */
  uint32_t state_bytes;
  uint32_t stack_bytes;  /* the deepest of any golden vector, in the emulator */
  uint32_t instructions; /* of one inference, in the emulator */
  uint32_t cycles;       /* of one inference, on the chip itself */
  uint32_t input_count;
  uint32_t output_count;
  const ef_tensor_t *inputs;
  const ef_tensor_t *outputs;
} ef_facts_t;

/* A real number as the integer that stands for it: the quotient in single precision, halves away from zero, then into
   the range of the type. The service and the agent round in the same way. What is not a number becomes the zero
   point. Do not compile this with -ffast-math. */
static inline int32_t ef_quantised(float real, float scale, int32_t zero_point, int32_t low,
                                   int32_t high) {
  const float far = 1048576.0f; /* beyond the range of every type, wherever its zero point is */
  float quotient = real / scale, rest;
  int32_t whole;
  if (quotient != quotient) quotient = 0.0f;
  if (quotient > far) quotient = far;
  if (quotient < -far) quotient = -far;
  whole = (int32_t)quotient;
  rest = quotient - (float)whole;
  if (rest >= 0.5f) ++whole;
  if (rest <= -0.5f) --whole;
  whole += zero_point;
  return whole < low ? low : (whole > high ? high : whole);
}

static inline float ef_real(int32_t q, float scale, int32_t zero_point) {
  return scale * (float)(q - zero_point);
}

static inline void ef_quantise_int8(const float *from, int8_t *to, uint32_t count, float scale,
                                    int32_t zero_point) {
  uint32_t i;
  for (i = 0; i < count; ++i) to[i] = (int8_t)ef_quantised(from[i], scale, zero_point, -128, 127);
}

static inline void ef_quantise_uint8(const float *from, uint8_t *to, uint32_t count, float scale,
                                     int32_t zero_point) {
  uint32_t i;
  for (i = 0; i < count; ++i) to[i] = (uint8_t)ef_quantised(from[i], scale, zero_point, 0, 255);
}

static inline void ef_quantise_int16(const float *from, int16_t *to, uint32_t count, float scale,
                                     int32_t zero_point) {
  uint32_t i;
  for (i = 0; i < count; ++i) {
    to[i] = (int16_t)ef_quantised(from[i], scale, zero_point, -32768, 32767);
  }
}

static inline void ef_dequantise_int8(const int8_t *from, float *to, uint32_t count, float scale,
                                      int32_t zero_point) {
  uint32_t i;
  for (i = 0; i < count; ++i) to[i] = ef_real(from[i], scale, zero_point);
}

static inline void ef_dequantise_uint8(const uint8_t *from, float *to, uint32_t count, float scale,
                                       int32_t zero_point) {
  uint32_t i;
  for (i = 0; i < count; ++i) to[i] = ef_real(from[i], scale, zero_point);
}

static inline void ef_dequantise_int16(const int16_t *from, float *to, uint32_t count, float scale,
                                       int32_t zero_point) {
  uint32_t i;
  for (i = 0; i < count; ++i) to[i] = ef_real(from[i], scale, zero_point);
}

/* Streams: drop the oldest of a window and put what is fresh at its end. The window may be the input itself of a model
   that keeps its inputs, else it is yours, to be copied to the input. Of more than fits, the end is taken. */
static inline void ef_slide(void *window, uint32_t window_bytes, const void *fresh,
                            uint32_t fresh_bytes) {
  uint8_t *to = (uint8_t *)window;
  const uint8_t *from = (const uint8_t *)fresh;
  uint32_t i, kept;
  if (fresh_bytes > window_bytes) {
    from += fresh_bytes - window_bytes;
    fresh_bytes = window_bytes;
  }
  kept = window_bytes - fresh_bytes;
  for (i = 0; i < kept; ++i) to[i] = to[i + fresh_bytes];
  for (i = 0; i < fresh_bytes; ++i) to[kept + i] = from[i];
}

#ifdef __cplusplus
}
#endif

#endif
