// Group 64: identity, windows, proof and model slots. Its grammar is on the manual's page "Microcontrollers".
#include "smp.h"

namespace {

constexpr uint32_t kDigest = 32;
constexpr uint32_t kBeforeFrame = 64;  // bytes that an answer has before a frame, at most

// A request is twice its command, and one more where it writes.
enum {
  kIdentity = 0,
  kNextWindow = 2,
  kDropWindow = 3,
  kProof = 4,
  kProve = 5,
  kSlots = 6,
  kUpload = 9,
  kSwitch = 11,
  kConfirm = 13,
  kErase = 15
};
constexpr uint32_t kKnown = 1u << kIdentity | 1u << kNextWindow | 1u << kDropWindow | 1u << kProof | 1u << kProve |
                            1u << kSlots | 1u << kUpload | 1u << kSwitch | 1u << kConfirm | 1u << kErase;
// What each may have, by request; a digest has 32 bytes, a signature 64.
constexpr char kWanted[] =
    "\0\0\0X*boot\0X*seq\0\0\0\0\0\0\0X*off\0B*data\0x*len\0b*sha\0\0"
    "\0B sha\0X*counter\0b*instruction\0b mac\0b@sig\0\0\0B sha\0\0\0X*slot\0";

void number(ef_cbor_out *out, uint32_t value) {
  ef_cbor_key(out);
  ef_cbor_uint(out, value);
}

void text(ef_cbor_out *out, const char *value) {
  ef_cbor_key(out);
  ef_cbor_text(out, value);
}

void data(ef_cbor_out *out, const uint8_t *value, uint32_t bytes) {
  ef_cbor_key(out);
  ef_cbor_bytes(out, value, bytes);
}

void digest(ef_cbor_out *out, const uint8_t *value) { data(out, value, kDigest); }

int32_t identity(const ef_smp_port *port, ef_cbor_out *out) {
  const ef_slots_port *slots = port->slots->port;
  ef_model_image image;
  const char *name, *version;
  const bool runs = ef_slots_image(port->slots, &image) == 0 && port->model(port->context, &name, &version) != 0;
  out->keys = "v\0id\0board\0target\0fw\0strength\0buf\0boot\0up\0model\0name\0version\0digest\0build\0abi";
  ef_cbor_map(out, 9u + (runs ? 1u : 0u) + (port->schema != nullptr ? 1u : 0u));
  number(out, EF_SMP_VERSION);
  data(out, slots->id, slots->id_bytes);
  text(out, port->board);
  text(out, port->target);
  text(out, port->firmware);
  number(out, slots->strength);
  number(out, port->buffer_bytes);
  number(out, port->boot);
  number(out, port->uptime(port->context));
  if (runs) {
    ef_cbor_key(out);
    ef_cbor_map(out, 5);
    text(out, name);
    text(out, version);
    digest(out, port->slots->record.slot[port->slots->running].sha);
    digest(out, image.model);
    digest(out, image.abi);
  }
  out->keys = "schema";
  if (port->schema != nullptr) digest(out, port->schema);
  return EF_RC_OK;
}

int32_t next_window(const ef_smp_port *port, ef_cbor_out *out) {
  ef_smp_frame frame;
  frame.kept = frame.lost = frame.boot = frame.sequence = frame.bytes = 0;
  if (out->room <= kBeforeFrame) return EF_RC_BAD_REQUEST;
  // The frame waits in the answer's own buffer, behind its place, and is moved towards its start.
  uint8_t *found = out->to + kBeforeFrame;
  const uint32_t room = out->room - kBeforeFrame;
  if (port->next_frame != nullptr) port->next_frame(port->context, &frame, found, room);
  const bool waits = frame.bytes > 0 && frame.bytes <= room;
  out->keys = "n\0lost\0boot\0seq\0frame";
  ef_cbor_map(out, waits ? 5 : 2);
  number(out, waits ? frame.kept : 0u);
  number(out, frame.lost);
  if (waits) {
    number(out, frame.boot);
    number(out, frame.sequence);
    data(out, found, frame.bytes);
  }
  return EF_RC_OK;
}

int32_t say_proof(const ef_proof &seen, ef_cbor_out *out) {
  const bool differs = seen.state == EF_PROOF_FAILED && seen.bad != EF_PROOF_EQUAL;
  out->keys = "state\0vectors\0digest\0bad";
  ef_cbor_map(out, differs ? 4 : 3);
  number(out, seen.state);
  number(out, seen.vectors);
  digest(out, seen.sha);
  if (differs) number(out, seen.bad);
  return EF_RC_OK;
}

// The slot that runs; where none does, one that holds no model that could.
uint32_t active_slot(const ef_slots *slots) {
  if (slots->running < EF_SLOTS) return slots->running;
  for (uint32_t i = 0; i < EF_SLOTS; ++i) {
    if (slots->record.slot[i].state != EF_SLOT_GOOD) return i;
  }
  return EF_SLOTS;
}

int32_t say_slots(const ef_slots *slots, ef_cbor_out *out) {
  ef_cbor_map(out, 5);
  ef_cbor_text(out, "slots");
  ef_cbor_array(out, EF_SLOTS);
  for (uint32_t i = 0; i < EF_SLOTS; ++i) {
    const ef_slot_record &slot = slots->record.slot[i];
    const bool known = slot.state != EF_SLOT_EMPTY;
    out->keys = "slot\0state\0digest";
    ef_cbor_map(out, known ? 5 : 4);
    number(out, i);
    number(out, slot.state);
    if (known) digest(out, slot.sha);
    out->keys = "counter\0size\0active\0room\0low\0why";
    number(out, slot.counter);
    number(out, slot.bytes);
  }
  number(out, active_slot(slots));
  number(out, slots->port->slot_bytes);
  number(out, slots->record.low);
  text(out, ef_why_text(slots->record.why));
  return EF_RC_OK;
}

int32_t drop_window(const ef_smp_port *port, const ef_cbor_field *f) {
  if (port->drop_frame != nullptr) port->drop_frame(port->context, f[0].value, f[1].value);
  return EF_RC_OK;
}

int32_t switch_to(ef_slots *slots, const ef_cbor_field *f) {
  const ef_switch order{f[0].data, f[1].value, f[3].data, f[4].data};
  const int32_t rc = ef_slots_switch(slots, &order);
  return rc == EF_RC_NOT_PROVED ? EF_RC_WRONG_DIGEST : rc;  // command 2 says which vector differs
}

int32_t take_piece(ef_smp_call *call, const ef_cbor_field *f) {
  ef_slots *slots = call->port->slots;
  int32_t rc = EF_RC_OK;
  if (f[0].value == 0) {
    if (f[2].data == nullptr || f[3].data == nullptr || f[3].value != kDigest) return EF_RC_BAD_REQUEST;
    rc = ef_slots_begin(slots, f[2].value, f[3].data);
  }
  if (rc == EF_RC_OK) rc = ef_slots_take(slots, f[0].value, f[1].data, f[1].value);
  if (rc != EF_RC_OK && rc != EF_RC_WRONG_OFFSET) return rc;
  ef_cbor_map(call->out, 1);  // a wrong offset is no error: the answer says where to go on
  call->out->keys = "off";
  number(call->out, ef_slots_wanted(slots));
  return EF_RC_OK;
}

int32_t read(ef_smp_call *call, uint32_t request, ef_cbor_field *fields) {
  const char *wanted = kWanted;
  while (request-- != 0) wanted = ef_cbor_next_list(wanted);
  return ef_cbor_read(call->payload, call->bytes, wanted, fields) == 0 ? EF_RC_OK : EF_RC_BAD_REQUEST;
}

}  // namespace

int32_t ef_smp_upload(ef_smp_call *call) {
  ef_cbor_field f[EF_CBOR_FIELDS_MAX];
  const int32_t rc = read(call, kUpload, f);
  return rc == EF_RC_OK ? take_piece(call, f) : rc;
}

int32_t ef_smp_chip(ef_smp_call *call) {
  ef_slots *slots = call->port->slots;
  const uint32_t request = 2u * call->command + call->write;
  call->own = 1;
  if (request > kErase || (kKnown >> request & 1u) == 0) return EF_RC_UNKNOWN;
  ef_cbor_field f[EF_CBOR_FIELDS_MAX];
  int32_t rc = read(call, request, f);
  if (rc != EF_RC_OK) return rc;
  switch (request) {
    case kIdentity: return identity(call->port, call->out);
    case kNextWindow: return next_window(call->port, call->out);
    case kSlots: return say_slots(slots, call->out);
    case kUpload: return take_piece(call, f);
    case kProve:
      rc = ef_slots_prove(slots);
      if (rc != EF_RC_OK && rc != EF_RC_NOT_PROVED) return rc;
      [[fallthrough]];
    case kProof: return say_proof(slots->proof, call->out);
    case kDropWindow: rc = drop_window(call->port, f); break;
    case kSwitch: rc = switch_to(slots, f); break;
    case kConfirm: rc = ef_slots_confirm(slots, f[0].data); break;
    default: rc = ef_slots_erase(slots, f[0].value); break;
  }
  if (rc == EF_RC_OK) ef_cbor_map(call->out, 0);
  return rc;
}
