// A firmware with two model slots, for boards that a port of a few functions describes: mps2.cc is QEMU's, host.cc a
// Linux process. It answers SMP on its line, runs the model of its slot all the time, and goes back by itself.
#ifndef EF_BOARD_H
#define EF_BOARD_H

#include <stdint.h>

#include "slots.h"
#include "smp.h"

#define EF_BOARD_FIRMWARE "edgefleet-board 1.0.0"

// The same map on both boards. The slots lie in memory, as flash that is executed in place would.
#define EF_BOARD_MODEL_RAM 0x20100000u
#define EF_BOARD_MODEL_RAM_BYTES 0x100000u
#define EF_BOARD_RUN 0x20200000u /* where images are copied to that are linked for it: they fit either slot */
#define EF_BOARD_RUN_BYTES 0x70000u
#define EF_BOARD_KEPT 0x202FF000u /* survives a reset */
#define EF_BOARD_FLASH 0x21300000u
#define EF_BOARD_FLASH_BYTES 0x100000u
#define EF_BOARD_SECTOR 0x1000u
#define EF_BOARD_WRITE 8u
#define EF_BOARD_LOG 0x0u
#define EF_BOARD_RING 0x4000u
#define EF_BOARD_RING_SECTORS 8u
#define EF_BOARD_SLOT_A 0x10000u
#define EF_BOARD_SLOT_B 0x80000u
#define EF_BOARD_SLOT_BYTES 0x70000u
#define EF_BOARD_BUFFER 1024u /* bytes of a packet */
#define EF_BOARD_RECORDER_BYTES 1024u
#define EF_BOARD_FRAME_BYTES 512u
#define EF_BOARD_INFERENCE_MS 100u
#define EF_BOARD_CALM_MS 5000u
#define EF_BOARD_WATCHDOG_MS 5000u
#define EF_BOARD_TRIAL_MS 600000u /* until a trial that nobody confirms ends */

#ifdef __cplusplus
extern "C" {
#endif

/* What the maker wrote into the chip: its name and its key. */
#define EF_MADE_MAGIC 0x444D4645u /* "EFMD" */
typedef struct ef_made {
  uint32_t magic;
  uint8_t strength;
  uint8_t id_bytes;
  uint8_t window_s; /* seconds of a telemetry window; 0 = as the model's schema says */
  uint8_t rest;
  uint8_t id[EF_ID_MAX];
  uint8_t key[32];
} ef_made;

/* What survives a reset, at EF_BOARD_KEPT. */
#define EF_KEPT_MAGIC 0x504B4645u /* "EFKP" */
typedef struct ef_kept {
  uint32_t magic;
  uint8_t reset; /* EF_RESET_...: why it is reset now */
} ef_kept;

/* What a sensor shows: frames of bytes, one of which is looked at for each inference. `white` stands for 1.0. */
#define EF_SENSOR_MAGIC 0x4E534645u /* "EFSN" */
typedef struct ef_sensor {
  uint32_t magic;
  uint32_t frames;
  uint32_t frame_bytes;
  uint32_t white;
  volatile uint32_t gain; /* of its light, in 256ths; may be turned at any time */
  uint8_t pixels[];
} ef_sensor;

typedef struct ef_board_port {
  const char *board;
  const char *target;
  const ef_made *made;
  const ef_sensor *sensor; /* or none: then the board sees the inputs of the golden vectors */
  ef_kept *kept;
  void *context;
  int32_t (*get)(void *context); /* the next byte of the line, -1 when there is none now */
  void (*put)(void *context, uint8_t byte);
  uint32_t (*now)(void *context);    /* milliseconds */
  uint32_t (*micros)(void *context); /* microseconds; may wrap */
  void (*feed)(void *context);    /* the watchdog */
  void (*idle)(void *context);    /* nothing to do for a moment */
  void (*reset)(void *context);   /* does not come back */
} ef_board_port;

void ef_board_run(const ef_board_port *port);

#ifdef __cplusplus
}
#endif
#endif
