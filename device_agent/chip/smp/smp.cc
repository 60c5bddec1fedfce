#include "smp.h"

#include "ef_bytes.h"

namespace {

constexpr uint8_t kRead = 0, kWrite = 2, kResponse = 1;
constexpr uint32_t kGroupOs = 0, kGroupImages = 1, kGroupChip = 64;
constexpr uint32_t kVersionMax = 1;  // of the header: 1 is version 2 of the protocol

enum { kCommandEcho = 0, kCommandReset = 5, kCommandParameters = 6 };
constexpr uint32_t kBuffers = 1;

// Bytes of a header: operation and version, flags, length (two), group (two), sequence, command.
enum { kFirst, kFlags, kLength, kGroup = 4, kSequence = 6, kCommand };
constexpr uint8_t kOperationBits = 7, kVersionBits = 3 << 3, kVersionShift = 3;

uint32_t two(const uint8_t *from) { return (static_cast<uint32_t>(from[0]) << 8) | from[1]; }

int32_t ask(uint32_t version, uint32_t group, ef_smp_call *call) {
  if (version > kVersionMax) return EF_SMP_NOT_SUPPORTED;
  if (group == kGroupOs) return ef_smp_os(call);
  if (group == kGroupImages && call->port->images != nullptr) return call->port->images(call);
  if (group == kGroupChip) return ef_smp_chip(call);
  return EF_SMP_NOT_SUPPORTED;
}

void say_error(uint32_t group, bool own, int32_t rc, ef_cbor_out *out) {
  out->used = 0;
  out->full = 0;
  out->keys = "err\0group\0rc";
  ef_cbor_map(out, 1);
  if (own) {
    ef_cbor_key(out);
    ef_cbor_map(out, 2);
    ef_cbor_key(out);
    ef_cbor_uint(out, group);
  } else {
    out->keys = "rc";
  }
  ef_cbor_key(out);
  ef_cbor_uint(out, static_cast<uint32_t>(rc));
}

int32_t echo(ef_smp_call *call) {
  ef_cbor_field text;
  if (ef_cbor_read(call->payload, call->bytes, "S*d\0", &text) != 0) return EF_SMP_INVALID;
  ef_cbor_map(call->out, 1);
  ef_cbor_text(call->out, "r");
  ef_cbor_string(call->out, text.data, text.value);
  return EF_SMP_OK;
}

int32_t reset(ef_smp_call *call) {
  if (call->port->reset == nullptr) return EF_SMP_NOT_SUPPORTED;
  call->port->reset(call->port->context);
  ef_cbor_map(call->out, 0);
  return EF_SMP_OK;
}

int32_t parameters(ef_smp_call *call) {
  ef_cbor_map(call->out, 2);
  call->out->keys = "buf_size\0buf_count";
  ef_cbor_key(call->out);
  ef_cbor_uint(call->out, call->port->buffer_bytes);
  ef_cbor_key(call->out);
  ef_cbor_uint(call->out, kBuffers);
  return EF_SMP_OK;
}

}  // namespace

int32_t ef_smp_os(ef_smp_call *call) {
  if (call->command == kCommandEcho && call->write != 0) return echo(call);
  if (call->command == kCommandReset && call->write != 0) return reset(call);
  if (call->command == kCommandParameters && call->write == 0) return parameters(call);
  return EF_SMP_NOT_SUPPORTED;
}

uint32_t ef_smp_answer(const ef_smp_port *port, const uint8_t *request, uint32_t bytes, uint8_t *answer,
                       uint32_t room) {
  if (bytes < EF_SMP_HEADER || room < 2 * EF_SMP_HEADER + 16) return 0;
  const uint32_t operation = request[kFirst] & kOperationBits, group = two(request + kGroup);
  const uint32_t version = (request[kFirst] & kVersionBits) >> kVersionShift;
  if (operation != kRead && operation != kWrite) return 0;
  if (two(request + kLength) != bytes - EF_SMP_HEADER) return 0;
  ef_cbor_out out;
  out.to = answer + EF_SMP_HEADER;
  out.room = room - EF_SMP_HEADER;
  out.used = 0;
  out.full = 0;
  ef_smp_call call;
  call.port = port;
  call.write = operation == kWrite ? 1 : 0;
  call.command = request[kCommand];
  call.payload = request + EF_SMP_HEADER;
  call.bytes = bytes - EF_SMP_HEADER;
  call.out = &out;
  call.own = 0;
  int32_t rc = ask(version, group, &call);
  if (rc == EF_SMP_OK && out.full != 0) {
    rc = EF_SMP_TOO_LARGE;
    call.own = 0;
  }
  if (rc != EF_SMP_OK) say_error(group, call.own != 0 && version > 0, rc, &out);
  ef_copy(answer, request, EF_SMP_HEADER);
  answer[kFirst] = static_cast<uint8_t>((request[kFirst] & (kVersionBits | kOperationBits)) | kResponse);
  answer[kFlags] = 0;
  answer[kLength] = static_cast<uint8_t>(out.used >> 8);
  answer[kLength + 1] = static_cast<uint8_t>(out.used);
  return EF_SMP_HEADER + out.used;
}
