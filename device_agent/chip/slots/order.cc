#include "order.h"

#include "sha256.h"

namespace {

constexpr char kPurpose[] = "edgefleet-switch-1";  // its final 0 is part of the message

}  // namespace

uint32_t ef_order_message(const ef_slots_port *port, const ef_switch *order, uint8_t to[EF_ORDER_BYTES]) {
  uint32_t used = 0;
  for (char letter : kPurpose) to[used++] = static_cast<uint8_t>(letter);
  const uint32_t id_bytes = port->id_bytes < EF_ID_MAX ? port->id_bytes : EF_ID_MAX;
  to[used++] = static_cast<uint8_t>(id_bytes);
  for (uint32_t i = 0; i < id_bytes; ++i) to[used++] = port->id[i];
  for (uint32_t i = 0; i < 32; ++i) to[used++] = order->sha[i];
  for (uint32_t i = 0; i < 4; ++i) to[used++] = static_cast<uint8_t>(order->counter >> (8 * i));
  return used;
}

int32_t ef_order_check(const ef_slots_port *port, const ef_switch *order) {
  if (port->strength == EF_STRENGTH_GATEWAY) return 0;
  uint8_t message[EF_ORDER_BYTES];
  const uint32_t bytes = ef_order_message(port, order, message);
  if (port->strength == EF_STRENGTH_HMAC && order->mac != nullptr) {
    uint8_t code[EF_SHA256_BYTES];
    ef_hmac_sha256(port->key, sizeof port->key, message, bytes, code);
    return ef_equal(code, order->mac, sizeof code) != 0 ? 0 : -1;
  }
  if (port->strength == EF_STRENGTH_ED25519 && order->signature != nullptr && port->signature != nullptr) {
    return port->signature(port->key, message, bytes, order->signature);
  }
  return -1;
}
