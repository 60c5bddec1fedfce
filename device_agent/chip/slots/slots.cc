#include "slots.h"

#include "ef_bytes.h"
#include "order.h"
#include "sha256.h"

namespace {

constexpr uint32_t kNone = EF_SLOTS;

bool same(const uint8_t *one, const uint8_t *two) { return ef_equal(one, two, 32) != 0; }

int32_t save(ef_slots *slots) {
  return ef_slot_log_write(&slots->log, &slots->record) == 0 ? EF_RC_OK : EF_RC_UNKNOWN;
}

bool whole(const ef_slots *slots, uint32_t slot) {
  const ef_slots_port *port = slots->port;
  return ef_model_image_verify(&port->flash, port->slot_offset[slot], port->slot_bytes) == 0;
}

int32_t read_image(const ef_slots *slots, uint32_t slot, ef_model_image *image) {
  const ef_slots_port *port = slots->port;
  return ef_model_image_read(&port->flash, port->slot_offset[slot], port->slot_bytes, image);
}

uint32_t in_state(const ef_slots *slots, uint8_t state) {
  uint32_t found = kNone;
  for (uint32_t i = 0; i < EF_SLOTS; ++i) {
    if (slots->record.slot[i].state == state) found = i;
  }
  return found;
}

// The slot with this file; one that turned out bad only when no other has it.
uint32_t with_sha(const ef_slots *slots, const uint8_t *sha) {
  uint32_t found = kNone;
  for (uint32_t i = 0; i < EF_SLOTS; ++i) {
    const ef_slot_record &slot = slots->record.slot[i];
    if (slot.state == EF_SLOT_EMPTY || !same(slot.sha, sha)) continue;
    if (found == kNone || slot.state != EF_SLOT_BAD) found = i;
  }
  return found;
}

void leave(ef_slots *slots, uint32_t slot, uint8_t why) {
  slots->record.slot[slot].state = EF_SLOT_BAD;
  slots->record.boots = 0;
  slots->record.why = why;
}

// The image's own claims against this chip.
int32_t check_image(const ef_slots *slots, uint32_t slot, const ef_model_image &image) {
  const ef_slots_port *port = slots->port;
  const bool alone = image.kind == EF_IMAGE_WEIGHTS;
  if (!whole(slots, slot)) return EF_RC_WRONG_DIGEST;
  if (slots->record.slot[slot].bytes != EF_IMAGE_HEADER + image.payload_bytes) return EF_RC_WRONG_DIGEST;
  if (ef_equal(image.target, port->target, sizeof port->target) == 0) return EF_RC_WRONG_PLACE;
  if (alone && (port->abi == nullptr || !same(image.abi, port->abi))) return EF_RC_WRONG_PLACE;
  if (port->fits(port->context, slot, &image) != 0) return EF_RC_WRONG_PLACE;
  return EF_RC_OK;
}

// A chip without a record: images that were placed when it was made are good as they are.
int32_t adopt(ef_slots *slots) {
  ef_slots_state &record = slots->record;
  for (uint32_t i = 0; i < EF_SLOTS; ++i) {
    ef_model_image image;
    ef_slot_record &slot = record.slot[i];
    if (read_image(slots, i, &image) != 0) continue;
    slot.bytes = EF_IMAGE_HEADER + image.payload_bytes;
    slot.counter = image.counter;
    const bool taken = check_image(slots, i, image) == EF_RC_OK;
    const uint32_t start = slots->port->slot_offset[i];
    if (!taken || ef_flash_digest(&slots->port->flash, start, slot.bytes, slot.sha) != 0) {
      ef_wipe(&slot, sizeof slot);
      continue;
    }
    slot.state = EF_SLOT_GOOD;
    if (record.active == kNone || image.counter > record.low) {
      record.active = static_cast<uint8_t>(i);
      record.low = image.counter;
    }
  }
  return save(slots);
}

uint8_t why_it_ended(const ef_slot_record &trial, uint8_t reset) {
  if (reset == EF_RESET_WATCHDOG) return trial.proved != 0 ? EF_WHY_TRIAL_HUNG : EF_WHY_VECTORS_HUNG;
  if (reset == EF_RESET_FAULT) return trial.proved != 0 ? EF_WHY_TRIAL_CRASHED : EF_WHY_VECTORS_CRASHED;
  return trial.proved != 0 ? EF_WHY_TRIAL_UNCONFIRMED : EF_WHY_VECTORS_CUT;
}

// The slot on trial, when it may start once more; otherwise it becomes bad.
uint32_t trial_of_start(ef_slots *slots, uint8_t reset, bool *changed) {
  const uint32_t trial = in_state(slots, EF_SLOT_TRIAL);
  if (trial == kNone) return kNone;
  *changed = true;
  const bool proved = slots->record.slot[trial].proved != 0;
  if (!proved || reset != EF_RESET_POWER || slots->record.boots >= EF_TRIAL_BOOTS) {
    leave(slots, trial, why_it_ended(slots->record.slot[trial], reset));
    slots->record.crashes = 0;
    return kNone;
  }
  ++slots->record.boots;
  if (whole(slots, trial)) return trial;
  leave(slots, trial, EF_WHY_DAMAGED);
  return kNone;
}

// The good slot that starts: the active one, or the other when that one is damaged and its counter is still taken.
uint32_t good_of_start(ef_slots *slots, bool *changed) {
  ef_slots_state &record = slots->record;
  for (uint32_t attempt = 0; attempt <= EF_SLOTS; ++attempt) {
    const uint32_t active = record.active;
    if (active >= EF_SLOTS || whole(slots, active)) return active;
    *changed = true;
    leave(slots, active, EF_WHY_DAMAGED);
    const uint32_t other = in_state(slots, EF_SLOT_GOOD);
    const bool taken = other != kNone && record.slot[other].counter >= record.low;
    record.active = static_cast<uint8_t>(taken ? other : kNone);
  }
  return kNone;
}

// The slot that a new file may fill; kNone while a trial goes on, because the other one is what it goes back to.
uint32_t free_slot(const ef_slots *slots) {
  if (in_state(slots, EF_SLOT_TRIAL) != kNone) return kNone;
  if (slots->record.active < EF_SLOTS) return 1u - slots->record.active;
  const bool first = slots->record.slot[0].state == EF_SLOT_GOOD;
  return first ? 1 : 0;
}

int32_t write_units(ef_slots *slots, const uint8_t *data, uint32_t bytes, uint32_t at) {
  const ef_flash *flash = &slots->port->flash;
  const uint32_t start = slots->port->slot_offset[slots->upload.slot];
  uint32_t &left = slots->upload.erased;
  uint32_t done = 0;
  while (done < bytes) {
    if (left == 0) {
      if (flash->erase(flash->context, start + at + done) != 0) return EF_RC_UNKNOWN;
      left = flash->sector_bytes;
    }
    const uint32_t now = bytes - done < left ? bytes - done : left;
    if (flash->write(flash->context, start + at + done, data + done, now) != 0) return EF_RC_UNKNOWN;
    done += now;
    left -= now;
  }
  return EF_RC_OK;
}

// Whole write units go to the flash, the rest waits in RAM for the next piece.
int32_t store(ef_slots *slots, const uint8_t *data, uint32_t bytes) {
  ef_upload &upload = slots->upload;
  const uint32_t unit = slots->port->flash.unit_bytes;
  while (bytes > 0) {
    if (upload.waiting == 0 && bytes >= unit) {
      const uint32_t now = bytes & ~(unit - 1);
      const int32_t rc = write_units(slots, data, now, upload.taken);
      if (rc != EF_RC_OK) return rc;
      upload.taken += now;
      data += now;
      bytes -= now;
      continue;
    }
    upload.rest[upload.waiting++] = *data++;
    --bytes;
    if (upload.waiting == unit) {
      const int32_t rc = write_units(slots, upload.rest, unit, upload.taken);
      if (rc != EF_RC_OK) return rc;
      upload.taken += unit;
      upload.waiting = 0;
    }
  }
  return EF_RC_OK;
}

int32_t store_rest(ef_slots *slots) {
  ef_upload &upload = slots->upload;
  const uint32_t unit = slots->port->flash.unit_bytes;
  if (upload.waiting == 0) return EF_RC_OK;
  for (uint32_t i = upload.waiting; i < unit; ++i) upload.rest[i] = 0xFF;
  const int32_t rc = write_units(slots, upload.rest, unit, upload.taken);
  if (rc == EF_RC_OK) {
    upload.taken += upload.waiting;
    upload.waiting = 0;
  }
  return rc;
}

int32_t finish(ef_slots *slots) {
  ef_slot_record &slot = slots->record.slot[slots->upload.slot];
  uint8_t digest[32];
  int32_t rc = store_rest(slots);
  slots->upload.open = 0;
  if (rc != EF_RC_OK) return rc;
  const uint32_t start = slots->port->slot_offset[slots->upload.slot];
  if (ef_flash_digest(&slots->port->flash, start, slot.bytes, digest) != 0) return EF_RC_UNKNOWN;
  const bool equal = same(digest, slot.sha);
  slot.state = equal ? EF_SLOT_READY : EF_SLOT_BAD;
  rc = save(slots);
  return rc != EF_RC_OK || equal ? rc : EF_RC_WRONG_DIGEST;
}

int32_t run_vectors(ef_slots *slots, uint32_t slot, const ef_model_image &image) {
  ef_proof &proof = slots->proof;
  ef_wipe(&proof, sizeof proof);
  proof.state = EF_PROOF_RUNNING;
  proof.bad = EF_PROOF_EQUAL;
  ef_copy(proof.sha, slots->record.slot[slot].sha, 32);
  const ef_slots_port *port = slots->port;
  const bool ran = port->prove(port->context, slot, &image, &proof) == 0;
  const bool passed = ran && proof.vectors > 0 && proof.bad == EF_PROOF_EQUAL;
  proof.state = passed ? EF_PROOF_PASSED : EF_PROOF_FAILED;
  return passed ? EF_RC_OK : EF_RC_NOT_PROVED;
}

// What was proved before the chip started again stays proved.
void remember_proof(ef_slots *slots) {
  if (slots->running >= EF_SLOTS) return;
  const ef_slot_record &slot = slots->record.slot[slots->running];
  if (slot.proved == 0) return;
  slots->proof.state = EF_PROOF_PASSED;
  slots->proof.vectors = slot.proved;
  slots->proof.bad = EF_PROOF_EQUAL;
  ef_copy(slots->proof.sha, slot.sha, 32);
}

int32_t refuse(ef_slots *slots, uint32_t slot, int32_t rc) {
  slots->record.slot[slot].state = EF_SLOT_BAD;
  return save(slots) == EF_RC_OK ? rc : EF_RC_UNKNOWN;
}

// The record says that the vectors run before they do: whatever they do to the chip, the next start leaves them.
int32_t try_slot(ef_slots *slots, uint32_t slot, const ef_model_image &image) {
  ef_slot_record &record = slots->record.slot[slot];
  record.state = EF_SLOT_TRIAL;
  record.proved = 0;
  record.counter = image.counter;
  slots->record.boots = 0;
  if (save(slots) != EF_RC_OK) return EF_RC_UNKNOWN;
  if (run_vectors(slots, slot, image) != EF_RC_OK) {
    leave(slots, slot, EF_WHY_VECTORS_DIFFER);
    return save(slots) == EF_RC_OK ? EF_RC_NOT_PROVED : EF_RC_UNKNOWN;
  }
  constexpr uint32_t kVectorsMax = 0xFFFF;
  const uint32_t vectors = slots->proof.vectors;
  record.proved = static_cast<uint16_t>(vectors < kVectorsMax ? vectors : kVectorsMax);
  slots->record.crashes = 0;
  if (save(slots) != EF_RC_OK) return EF_RC_UNKNOWN;
  slots->running = static_cast<uint8_t>(slot);
  return EF_RC_OK;
}

}  // namespace

int32_t ef_slots_start(ef_slots *slots, const ef_slots_port *port, uint8_t reset) {
  slots->port = port;
  ef_wipe(&slots->upload, sizeof slots->upload);
  ef_wipe(&slots->proof, sizeof slots->proof);
  slots->running = kNone;
  if (ef_slot_log_open(&slots->log, &port->flash, port->log_offset, &slots->record) != 0) return EF_RC_UNKNOWN;
  if (slots->record.sequence == 0 && adopt(slots) != EF_RC_OK) return EF_RC_UNKNOWN;
  bool changed = false;
  const bool tried = in_state(slots, EF_SLOT_TRIAL) != kNone;
  uint32_t runs = trial_of_start(slots, reset, &changed);
  if (runs == kNone) runs = good_of_start(slots, &changed);
  if (!tried && reset != EF_RESET_POWER && slots->record.crashes < EF_CRASHES_MAX) {
    ++slots->record.crashes;
    changed = true;
    if (slots->record.crashes == EF_CRASHES_MAX) slots->record.why = EF_WHY_CRASHES;
  }
  if (slots->record.crashes >= EF_CRASHES_MAX && reset != EF_RESET_POWER) runs = kNone;
  if (changed && save(slots) != EF_RC_OK) return EF_RC_UNKNOWN;
  slots->running = static_cast<uint8_t>(runs);
  remember_proof(slots);
  return EF_RC_OK;
}

int32_t ef_slots_begin(ef_slots *slots, uint32_t file_bytes, const uint8_t sha[32]) {
  ef_upload &upload = slots->upload;
  const uint32_t known = with_sha(slots, sha);
  if (known != kNone && slots->record.slot[known].state != EF_SLOT_BAD) {
    const ef_slot_record &slot = slots->record.slot[known];
    if (slot.bytes != file_bytes) return EF_RC_BAD_REQUEST;
    if (upload.open != 0 && upload.slot == known) return EF_RC_OK;
    if (slot.state != EF_SLOT_RECEIVING) {  // it is here already: nothing more is wanted
      ef_wipe(&upload, sizeof upload);
      upload.bytes = upload.taken = file_bytes;
      return EF_RC_OK;
    }
  }
  if (file_bytes <= EF_IMAGE_HEADER) return EF_RC_BAD_REQUEST;
  if (file_bytes > slots->port->slot_bytes) return EF_RC_NO_ROOM;
  const uint32_t slot = free_slot(slots);
  if (slot == kNone) return EF_RC_BUSY;
  ef_slot_record &fresh = slots->record.slot[slot];
  ef_wipe(&fresh, sizeof fresh);
  fresh.state = EF_SLOT_RECEIVING;
  fresh.bytes = file_bytes;
  ef_copy(fresh.sha, sha, 32);
  if (save(slots) != EF_RC_OK) return EF_RC_UNKNOWN;
  ef_wipe(&upload, sizeof upload);
  upload.open = 1;
  upload.slot = static_cast<uint8_t>(slot);
  upload.bytes = file_bytes;
  return EF_RC_OK;
}

int32_t ef_slots_take(ef_slots *slots, uint32_t offset, const uint8_t *data, uint32_t bytes) {
  ef_upload &upload = slots->upload;
  if (upload.open == 0 || offset != ef_slots_wanted(slots)) return EF_RC_WRONG_OFFSET;
  if (bytes > upload.bytes - offset) return EF_RC_BAD_REQUEST;
  const int32_t rc = store(slots, data, bytes);
  if (rc != EF_RC_OK) {
    ef_wipe(&upload, sizeof upload);
    return rc;
  }
  return ef_slots_wanted(slots) == upload.bytes ? finish(slots) : EF_RC_OK;
}

uint32_t ef_slots_wanted(const ef_slots *slots) { return slots->upload.taken + slots->upload.waiting; }

int32_t ef_slots_switch(ef_slots *slots, const ef_switch *order) {
  const uint32_t slot = with_sha(slots, order->sha);
  if (slot == kNone) return EF_RC_NOTHING;
  const ef_slot_record &record = slots->record.slot[slot];
  if (order->counter < slots->record.low) return EF_RC_OLD_COUNTER;
  if (ef_order_check(slots->port, order) != 0) return EF_RC_NOT_AUTHENTIC;
  if (slot == slots->running) return EF_RC_OK;  // the answer to the same order was lost
  if (in_state(slots, EF_SLOT_TRIAL) != kNone) return EF_RC_BUSY;
  if (record.state != EF_SLOT_READY && record.state != EF_SLOT_GOOD) return EF_RC_NOTHING;
  ef_model_image image;
  if (read_image(slots, slot, &image) != 0) return refuse(slots, slot, EF_RC_WRONG_DIGEST);
  const int32_t rc = check_image(slots, slot, image);
  if (rc != EF_RC_OK) return refuse(slots, slot, rc);
  if (image.counter < slots->record.low) return refuse(slots, slot, EF_RC_OLD_COUNTER);
  if (image.counter != order->counter) return EF_RC_OLD_COUNTER;  // an order for another file
  return try_slot(slots, slot, image);
}

int32_t ef_slots_confirm(ef_slots *slots, const uint8_t sha[32]) {
  const uint32_t slot = with_sha(slots, sha);
  if (slot == kNone || slot != slots->running) return EF_RC_NOTHING;
  ef_slot_record &record = slots->record.slot[slot];
  if (record.state == EF_SLOT_GOOD) return EF_RC_OK;
  record.state = EF_SLOT_GOOD;
  slots->record.active = static_cast<uint8_t>(slot);
  slots->record.boots = 0;
  slots->record.why = EF_WHY_NOTHING;
  if (record.counter > slots->record.low) slots->record.low = record.counter;
  return save(slots);
}

int32_t ef_slots_prove(ef_slots *slots) {
  ef_model_image image;
  if (ef_slots_image(slots, &image) != 0) return EF_RC_NOTHING;
  return run_vectors(slots, slots->running, image);
}

int32_t ef_slots_erase(ef_slots *slots, uint32_t slot) {
  const ef_slots_port *port = slots->port;
  if (slot >= EF_SLOTS) return EF_RC_BAD_REQUEST;
  const uint8_t state = slots->record.slot[slot].state;
  if (slot == slots->running || slot == slots->record.active || state == EF_SLOT_TRIAL) return EF_RC_BUSY;
  ef_wipe(&slots->record.slot[slot], sizeof slots->record.slot[slot]);
  ef_wipe(&slots->upload, sizeof slots->upload);
  if (save(slots) != EF_RC_OK) return EF_RC_UNKNOWN;
  for (uint32_t at = 0; at < port->slot_bytes; at += port->flash.sector_bytes) {
    if (port->flash.erase(port->flash.context, port->slot_offset[slot] + at) != 0) return EF_RC_UNKNOWN;
  }
  return EF_RC_OK;
}

int32_t ef_slots_give_up(ef_slots *slots) {
  const uint32_t trial = in_state(slots, EF_SLOT_TRIAL);
  if (trial == kNone) return EF_RC_NOTHING;
  leave(slots, trial, EF_WHY_TRIAL_UNCONFIRMED);
  slots->running = slots->record.active;
  return save(slots);
}

int32_t ef_slots_calm(ef_slots *slots) {
  if (slots->record.crashes == 0) return EF_RC_OK;
  slots->record.crashes = 0;
  return save(slots);
}

int32_t ef_slots_image(const ef_slots *slots, ef_model_image *image) {
  return slots->running < EF_SLOTS ? read_image(slots, slots->running, image) : -1;
}

const char *ef_why_text(uint8_t why) {
  switch (why) {
    case EF_WHY_NOTHING: return "";
    case EF_WHY_VECTORS_DIFFER: return "Its golden vectors differ on this chip.";
    case EF_WHY_VECTORS_CRASHED: return "It crashed in its golden vectors.";
    case EF_WHY_VECTORS_HUNG: return "It hung in its golden vectors.";
    case EF_WHY_VECTORS_CUT: return "The chip lost power while its golden vectors ran.";
    case EF_WHY_TRIAL_CRASHED: return "It crashed while on trial.";
    case EF_WHY_TRIAL_HUNG: return "It hung while on trial.";
    case EF_WHY_TRIAL_UNCONFIRMED: return "It was not confirmed within its starts.";
    case EF_WHY_DAMAGED: return "A slot lost its content.";
    case EF_WHY_CRASHES: return "The model crashed in each of the last starts.";
    default: return "The reason is not known to this firmware.";
  }
}
