// What the slots are, in two sectors of flash: records are appended, the newest whole one counts.
//
// A record is written in one piece and ends with its CRC-32, so that a cut leaves the one before. When a sector is
// full, the other one is erased and the next record goes to its start: at every moment one sector holds a whole record.
// Wear: a sector of 4 KiB takes 32 records, an update needs about six; 10,000 erasures last for 100,000 updates.
#ifndef EF_SLOT_LOG_H
#define EF_SLOT_LOG_H

#include <stdint.h>

#include "ef_flash.h"

#define EF_SLOTS 2u
#define EF_RECORD_BYTES 128u
#define EF_LOG_SECTOR_MIN 512u /* bytes: a log's sector holds at least four records */

#ifdef __cplusplus
extern "C" {
#endif

/* Both structures lie in flash as they are. */
typedef struct ef_slot_record {
  uint8_t state;   /* EF_SLOT_EMPTY and so on */
  uint8_t zero;
  uint16_t proved; /* how many vectors came out equal on this chip; 0 = not all, or not tried */
  uint32_t counter;
  uint32_t bytes; /* of the whole file */
  uint8_t sha[32];
} ef_slot_record;

typedef struct ef_slots_state {
  uint32_t sequence; /* from 1; 0 = there is none yet */
  uint32_t low;      /* the lowest counter that is still taken */
  uint8_t active;    /* the good slot that runs when there is no trial; EF_SLOTS = none */
  uint8_t boots;     /* starts of the slot on trial */
  uint8_t crashes;   /* resets by watchdog or fault in a row */
  uint8_t why;       /* why the chip went back the last time, EF_WHY_... */
  ef_slot_record slot[EF_SLOTS];
} ef_slots_state;

typedef struct ef_slot_log {
  const ef_flash *flash;
  uint32_t offset; /* of the first of its two sectors */
  uint32_t newest; /* 0 or 1: the sector that holds the newest whole record, which is not erased */
  uint32_t sector; /* the sector that is being filled */
  uint32_t next;   /* the place in it to which the next record goes */
} ef_slot_log;

/* Finds the newest record; sequence 0 when there is none. Gives 0, or what the flash said. */
int32_t ef_slot_log_open(ef_slot_log *log, const ef_flash *flash, uint32_t offset, ef_slots_state *record);

/* Writes the record under the next sequence number and reads it back. */
int32_t ef_slot_log_write(ef_slot_log *log, ef_slots_state *record);

#ifdef __cplusplus
}
#endif
#endif
