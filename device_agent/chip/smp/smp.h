// A server of SMP, the management protocol of MCUmgr, for one client at a time.
//
// Groups: 0 (echo, reset, parameters), 1 (images, of the model slots), 64 (EdgeFleet's own, see ../../docs of the
// manual, "Microcontrollers"). Every request gets one answer; what is not a request gets none. A request of version 2
// hears errors of group 64 as {"err": {"group", "rc"}}, one of version 1 as {"rc"}.
#ifndef EF_SMP_H
#define EF_SMP_H

#include <stdint.h>

#include "cbor.h"
#include "slots.h"

#define EF_SMP_HEADER 8u
#define EF_SMP_VERSION 1u /* of group 64's grammar */

#ifdef __cplusplus
extern "C" {
#endif

/* Codes of the protocol itself. */
#define EF_SMP_OK 0
#define EF_SMP_INVALID 3
#define EF_SMP_TOO_LARGE 7
#define EF_SMP_NOT_SUPPORTED 8

typedef struct ef_smp_frame {
  uint32_t kept; /* frames that wait */
  uint32_t lost; /* frames that were overwritten unread */
  uint32_t boot;
  uint32_t sequence;
  uint32_t bytes; /* of the oldest one; 0 when none waits */
} ef_smp_frame;

/* What the firmware is and can do. Text has a 0 at its end; what may be missing is none (0). */
struct ef_smp_call;

typedef struct ef_smp_port {
  ef_slots *slots;
  const char *board;
  const char *target;
  const char *firmware;
  const uint8_t *schema; /* 32 bytes, of the telemetry schema, or none */
  uint32_t boot;         /* the number of this start */
  uint32_t buffer_bytes; /* of the largest packet, either way */
  void *context;
  uint32_t (*uptime)(void *context); /* seconds */
  void (*reset)(void *context);      /* asks for a reset after the answer was sent */
  /* Name and version of the model that runs: 1, or 0 when none runs. */
  int32_t (*model)(void *context, const char **name, const char **version);
  /* The oldest window that waits goes to `to`: `frame` says what it is. Or none. */
  void (*next_frame)(void *context, ef_smp_frame *frame, uint8_t *to, uint32_t room);
  void (*drop_frame)(void *context, uint32_t boot, uint32_t sequence);
  /* ef_smp_images where clients of MCUmgr alone are to be served, or none: a kilobyte of flash. */
  int32_t (*images)(struct ef_smp_call *call);
} ef_smp_port;

/* Answers one packet; gives the bytes of the answer, 0 for none. Both buffers may not overlap. */
uint32_t ef_smp_answer(const ef_smp_port *port, const uint8_t *request, uint32_t bytes, uint8_t *answer, uint32_t room);

/* For the groups: fill in `out`, and give 0 or the code of the error. `own`: the code is of this group and not of the
   protocol. */
typedef struct ef_smp_call {
  const ef_smp_port *port;
  uint8_t write; /* 1: the operation is a write */
  uint8_t command;
  const uint8_t *payload;
  uint32_t bytes;
  ef_cbor_out *out;
  uint8_t own;
} ef_smp_call;

int32_t ef_smp_os(ef_smp_call *call);
int32_t ef_smp_images(ef_smp_call *call);
int32_t ef_smp_chip(ef_smp_call *call);
/* One piece of an image, in the members that group 1 and group 64 share; an error of group 64. */
int32_t ef_smp_upload(ef_smp_call *call);

#ifdef __cplusplus
}
#endif
#endif
