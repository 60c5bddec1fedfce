// Sealed windows in flash until somebody has taken them: a ring of sectors that survives a power cut
// at any moment. What was put stays until it is acknowledged, or until the ring is full and the
// oldest sector is needed: then its windows are lost, and counted.
//
// A window's name is its boot and its number in that boot. A ring counts the boots: each
// ef_ring_open() is one. Whoever takes windows counts each name once.
//
// One thread at a time may call these functions for one ring.
#ifndef EF_RING_H
#define EF_RING_H

#include "ef_flash.h"

#ifdef __cplusplus
extern "C" {
#endif

#define EF_RING_SECTORS_MIN 2u // one of them is always empty; three and more keep more than half

enum {
  EF_RING_OK = 0,
  EF_RING_FLASH = -1,  // the flash refused to read, write or erase
  EF_RING_SHAPE = -2,  // the area is too small, or its write unit is none
  EF_RING_SIZE = -3,   // the frame is empty, or does not fit a sector
  EF_RING_NOTHING = -4 // no window is kept
};

// What a window is called, and how many bytes its frame has.
typedef struct ef_ring_window {
  uint32_t boot, seq, bytes;
} ef_ring_window;

// All numbers are for reading; a firmware that counts its boots elsewhere may raise `boot` right
// after ef_ring_open(), for a flash that was erased from outside begins with boot 1 again.
typedef struct ef_ring {
  const ef_flash *flash;
  uint32_t sector;     // that is being filled
  uint32_t at;         // where in it the next window goes
  uint32_t generation; // how many sectors were begun, ever
  uint32_t kept;       // windows
  uint32_t lost;       // windows that were overwritten or could not be kept, ever
  uint32_t told;       // of these, how many a window has told of
  uint32_t boot, seq;  // of the next window
  uint32_t erasures;   // of the sector that was erased most often
  uint32_t failed;     // whether the flash refused anything in the call that is under way
} ef_ring;

// Finds out what the flash holds and begins a boot. An area that holds something else is erased.
int32_t ef_ring_open(ef_ring *ring, const ef_flash *flash);

// How many windows were lost and not told of: for the field `dropped` of the next window.
uint32_t ef_ring_dropped(const ef_ring *ring);

// Keeps the frame of window `ring->boot`, `ring->seq`, which tells of ef_ring_dropped() lost ones.
// When it has answered EF_RING_OK, no power cut takes the window away. Whatever it answers, that
// name is used up.
int32_t ef_ring_put(ef_ring *ring, const uint8_t *frame, uint32_t bytes);

// Reads the oldest window that is kept; its frame too, as far as there is `room`.
int32_t ef_ring_oldest(ef_ring *ring, ef_ring_window *window, uint8_t *frame, uint32_t room);

// That window has arrived and is not needed any more. One that is not kept is no error.
int32_t ef_ring_acknowledge(ef_ring *ring, uint32_t boot, uint32_t seq);

#ifdef __cplusplus
}
#endif
#endif
