// Two model slots beside the firmware: a new model is received, proved, tried and confirmed, or left.
//
// Guarantees, held through a power cut at any moment:
// * a slot that is good stays whole until another one is good;
// * a model runs only after its file had the digest that was promised, and is confirmed only after its golden vectors
//   came out equal on this chip;
// * a trial that crashes, hangs or is not confirmed within its starts ends by itself, and the reason is kept;
// * the lowest counter that is taken never falls.
// One caller at a time: nothing here is called from an interrupt.
#ifndef EF_SLOTS_H
#define EF_SLOTS_H

#include <stdint.h>

#include "model_image.h"
#include "ef_flash.h"
#include "slot_log.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { EF_SLOT_EMPTY, EF_SLOT_RECEIVING, EF_SLOT_READY, EF_SLOT_TRIAL, EF_SLOT_GOOD, EF_SLOT_BAD };

/* Why an act was refused: the codes of application group 64. */
#define EF_RC_OK 0
#define EF_RC_UNKNOWN 1 /* the flash failed, or something that no other code names */
#define EF_RC_BAD_REQUEST 2
#define EF_RC_NO_ROOM 3
#define EF_RC_WRONG_OFFSET 4
#define EF_RC_WRONG_DIGEST 5
#define EF_RC_WRONG_PLACE 6 /* for another board, target or ABI, or linked for another address */
#define EF_RC_OLD_COUNTER 7
#define EF_RC_NOT_AUTHENTIC 8
#define EF_RC_BUSY 9
#define EF_RC_NOTHING 10
#define EF_RC_NOT_PROVED 11 /* its golden vectors differ on this chip */

/* Why the chip went back, or runs no model. */
enum {
  EF_WHY_NOTHING,
  EF_WHY_VECTORS_DIFFER,
  EF_WHY_VECTORS_CRASHED,
  EF_WHY_VECTORS_HUNG,
  EF_WHY_VECTORS_CUT,
  EF_WHY_TRIAL_CRASHED,
  EF_WHY_TRIAL_HUNG,
  EF_WHY_TRIAL_UNCONFIRMED,
  EF_WHY_DAMAGED,
  EF_WHY_CRASHES
};

/* What ended the run before. */
enum { EF_RESET_POWER, EF_RESET_WATCHDOG, EF_RESET_FAULT };

enum { EF_STRENGTH_GATEWAY, EF_STRENGTH_HMAC, EF_STRENGTH_ED25519 };
enum { EF_PROOF_NEVER, EF_PROOF_RUNNING, EF_PROOF_PASSED, EF_PROOF_FAILED };

#define EF_TRIAL_BOOTS 3u  /* starts until a trial has to be confirmed */
#define EF_CRASHES_MAX 3u  /* resets in a row by watchdog or fault until a good model is not started */
#define EF_PROOF_EQUAL 0xFFFFFFFFu
#define EF_ID_MAX 16u      /* bytes of a hardware id */

typedef struct ef_proof {
  uint8_t state;
  uint32_t vectors;
  uint32_t bad; /* the first one that came out different, or EF_PROOF_EQUAL */
  uint8_t sha[32];
} ef_proof;

typedef struct ef_switch {
  const uint8_t *sha; /* 32 bytes, as the others of an order */
  uint32_t counter;
  const uint8_t *mac;       /* 32 bytes, or none */
  const uint8_t *signature; /* 64 bytes, or none */
} ef_switch;

typedef struct ef_slots_port {
  ef_flash flash;
  uint32_t log_offset; /* of two sectors */
  uint32_t slot_offset[EF_SLOTS];
  uint32_t slot_bytes; /* whole sectors */
  uint8_t target[8];   /* the first bytes of SHA-256 over the target's name */
  const uint8_t *abi;  /* 32 bytes: of the code that takes weights alone, or none */
  uint8_t strength;
  uint8_t id_bytes;
  uint8_t id[EF_ID_MAX];
  uint8_t key[32]; /* strength 1: the device's secret; 2: the public key */
  /* Strength 2: 0 when `signature` is the key's for the message. From a well-kept library (trust/). */
  int32_t (*signature)(const uint8_t key[32], const uint8_t *message, uint32_t bytes, const uint8_t signature[64]);
  void *context;
  /* Whether the firmware can start an image that lies in this slot: 0, or -1. */
  int32_t (*fits)(void *context, uint32_t slot, const ef_model_image *image);
  /* Starts the model of a slot and runs its vectors; fills in `vectors` and `bad`. 0, or -1 when it cannot start. */
  int32_t (*prove)(void *context, uint32_t slot, const ef_model_image *image, ef_proof *proof);
} ef_slots_port;

typedef struct ef_upload {
  uint8_t open;
  uint8_t slot;
  uint8_t waiting; /* bytes in `rest` */
  uint32_t bytes;  /* of the whole file */
  uint32_t taken;
  uint32_t erased; /* bytes of the sector that is being filled which are not written yet */
  uint8_t rest[EF_FLASH_UNIT_MAX];
} ef_upload;

typedef struct ef_slots {
  const ef_slots_port *port;
  ef_slot_log log;
  ef_slots_state record;
  ef_upload upload;
  ef_proof proof;
  uint8_t running; /* the slot whose model runs; EF_SLOTS = none */
} ef_slots;

/* Reads the log and decides which slot runs: `slots->running`. Gives 0, or EF_RC_UNKNOWN when the flash failed. */
int32_t ef_slots_start(ef_slots *slots, const ef_slots_port *port, uint8_t reset);

/* One piece of a file; `bytes` and `sha` are of the whole and come with offset 0 only. `next`: the offset wanted. */
int32_t ef_slots_begin(ef_slots *slots, uint32_t file_bytes, const uint8_t sha[32]);
int32_t ef_slots_take(ef_slots *slots, uint32_t offset, const uint8_t *data, uint32_t bytes);
uint32_t ef_slots_wanted(const ef_slots *slots);

/* Checks the received model and its order, runs its vectors, and lets it run on trial. */
int32_t ef_slots_switch(ef_slots *slots, const ef_switch *order);

/* Trial to good; the lowest counter becomes its own. Twice is fine. */
int32_t ef_slots_confirm(ef_slots *slots, const uint8_t sha[32]);

/* Runs the vectors of the model that runs. */
int32_t ef_slots_prove(ef_slots *slots);

int32_t ef_slots_erase(ef_slots *slots, uint32_t slot);

/* Ends a trial that was not confirmed in the firmware's time; the good slot runs again. */
int32_t ef_slots_give_up(ef_slots *slots);

/* The firmware has run long enough to call this start a good one. */
int32_t ef_slots_calm(ef_slots *slots);

/* The image of the model that runs: 0, or -1 when there is none. */
int32_t ef_slots_image(const ef_slots *slots, ef_model_image *image);

/* A sentence for people, "" for none. */
const char *ef_why_text(uint8_t why);

#ifdef __cplusplus
}
#endif
#endif
