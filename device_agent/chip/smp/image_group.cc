// Group 1, images: the model slots for clients that know MCUmgr alone. A test is taken only where the gateway's check
// is all that the chip asks for, because such a client has no order to show.
#include "smp.h"

#include "sha256.h"

namespace {

enum { kState = 0, kUpload = 1, kErase = 5 };
// Codes that MCUmgr's clients know.
constexpr int32_t kUnknown = 1, kNoImage = 5, kBusy = 10, kTooLarge = 7;
constexpr uint32_t kDigest = 32, kFlags = 5;

int32_t code_of(int32_t rc) {
  if (rc == EF_RC_BAD_REQUEST) return EF_SMP_INVALID;
  if (rc == EF_RC_BUSY) return kBusy;
  return rc == EF_RC_NO_ROOM ? kTooLarge : kUnknown;
}

void say_flag(ef_cbor_out *out, const char *name, bool value) {
  ef_cbor_text(out, name);
  ef_cbor_bool(out, value ? 1 : 0);
}

void say_slot(ef_cbor_out *out, const ef_slots *slots, uint32_t index) {
  const ef_slot_record &slot = slots->record.slot[index];
  ef_cbor_map(out, 3 + kFlags);
  ef_cbor_text(out, "slot");
  ef_cbor_uint(out, index);
  ef_cbor_text(out, "version");
  ef_cbor_text(out, "0.0.0");
  ef_cbor_text(out, "hash");
  ef_cbor_bytes(out, slot.sha, kDigest);
  say_flag(out, "bootable", slot.state != EF_SLOT_BAD);
  say_flag(out, "pending", slot.state == EF_SLOT_TRIAL);
  say_flag(out, "confirmed", slot.state == EF_SLOT_GOOD);
  say_flag(out, "active", slots->running == index);
  say_flag(out, "permanent", false);
}

int32_t say_state(ef_smp_call *call) {
  const ef_slots *slots = call->port->slots;
  uint32_t count = 0;
  for (uint32_t i = 0; i < EF_SLOTS; ++i) count += slots->record.slot[i].state >= EF_SLOT_READY ? 1 : 0;
  ef_cbor_map(call->out, 1);
  ef_cbor_text(call->out, "images");
  ef_cbor_array(call->out, count);
  for (uint32_t i = 0; i < EF_SLOTS; ++i) {
    if (slots->record.slot[i].state >= EF_SLOT_READY) say_slot(call->out, slots, i);
  }
  return EF_SMP_OK;
}

int32_t test(ef_slots *slots, const uint8_t *sha) {
  if (slots->port->strength != EF_STRENGTH_GATEWAY) return EF_SMP_NOT_SUPPORTED;
  for (uint32_t i = 0; i < EF_SLOTS; ++i) {
    ef_model_image image;
    const ef_slots_port *port = slots->port;
    const bool here = slots->record.slot[i].state != EF_SLOT_EMPTY && ef_equal(slots->record.slot[i].sha, sha, kDigest) != 0;
    if (!here) continue;
    if (ef_model_image_read(&port->flash, port->slot_offset[i], port->slot_bytes, &image) != 0) return kUnknown;
    ef_switch order;
    order.sha = sha;
    order.counter = image.counter;
    order.mac = order.signature = nullptr;
    const int32_t rc = ef_slots_switch(slots, &order);
    return rc == EF_RC_OK ? EF_SMP_OK : code_of(rc);
  }
  return kNoImage;
}

int32_t set_state(ef_smp_call *call) {
  ef_cbor_field f[2];
  ef_slots *slots = call->port->slots;
  if (ef_cbor_read(call->payload, call->bytes, "b hash\0o*confirm\0", f) != 0) return EF_SMP_INVALID;
  constexpr uint32_t kTrue = 21;
  int32_t rc = EF_SMP_OK;
  if (f[1].data != nullptr && f[1].value == kTrue) {
    if (slots->running >= EF_SLOTS) return kNoImage;
    const uint8_t *sha = f[0].data != nullptr ? f[0].data : slots->record.slot[slots->running].sha;
    rc = ef_slots_confirm(slots, sha);
    if (rc != EF_RC_OK) return rc == EF_RC_NOTHING ? kNoImage : kUnknown;
  } else {
    rc = f[0].data != nullptr ? test(slots, f[0].data) : EF_SMP_INVALID;
  }
  return rc == EF_SMP_OK ? say_state(call) : rc;
}

int32_t upload(ef_smp_call *call) {
  const int32_t rc = ef_smp_upload(call);
  return rc == EF_RC_OK ? EF_SMP_OK : code_of(rc);
}

// Without a slot, the one that does not run.
int32_t erase(ef_smp_call *call) {
  ef_cbor_field slot;
  const ef_slots *slots = call->port->slots;
  if (ef_cbor_read(call->payload, call->bytes, "x*slot\0", &slot) != 0) return EF_SMP_INVALID;
  const uint32_t free = slots->running == 0 ? 1 : 0;
  const int32_t rc = ef_slots_erase(call->port->slots, slot.data != nullptr ? slot.value : free);
  if (rc != EF_RC_OK) return code_of(rc);
  ef_cbor_map(call->out, 0);
  return EF_SMP_OK;
}

}  // namespace

int32_t ef_smp_images(ef_smp_call *call) {
  int32_t rc = EF_SMP_NOT_SUPPORTED;
  if (call->command == kState) rc = call->write != 0 ? set_state(call) : say_state(call);
  if (call->command == kUpload && call->write != 0) rc = upload(call);
  if (call->command == kErase && call->write != 0) rc = erase(call);
  return rc;
}
