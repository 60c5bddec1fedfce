// The open window of a recorder as the frame that the service takes: a CBOR array with the counts
// packed, byte for byte what the Linux agent sends. Nothing is kept between calls.
#ifndef EF_ENCODER_H
#define EF_ENCODER_H

#include "ef_recorder.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { EF_SHUTDOWN = 1, EF_SWITCHED = 2, EF_TRIAL = 4, EF_FULL = 8 }; // flags of a window

typedef struct ef_window {
  uint32_t boot, seq; // who it is: boots counted for ever, windows counted in a boot
  uint32_t now_s;     // uptime
  uint32_t flags;
  uint32_t dropped; // windows that were lost since the one before
} ef_window;

// Writes the frame to `out` and returns how many bytes it has. When that is more than `room`, what
// was written is not a frame; nothing beyond `room` is touched. The window stays open: call
// ef_recorder_open() when the frame is kept or sent.
uint32_t ef_encode(const ef_recorder *recorder, const ef_window *window, uint8_t *out,
                   uint32_t room);

#ifdef __cplusplus
}
#endif
#endif
