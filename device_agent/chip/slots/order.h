// Who may switch: the order's code or signature, in the strength that the chip has room for.
#ifndef EF_ORDER_H
#define EF_ORDER_H

#include <stdint.h>

#include "slots.h"

#define EF_ORDER_BYTES (18u + 1u + 1u + EF_ID_MAX + 32u + 4u) /* at most */

#ifdef __cplusplus
extern "C" {
#endif

/* The bytes that are authenticated: "edgefleet-switch-1", 0, the id with its length before, sha, counter. */
uint32_t ef_order_message(const ef_slots_port *port, const ef_switch *order, uint8_t to[EF_ORDER_BYTES]);

/* For ef_slots_port.signature: in trust/ed25519.zig, an object of its own that only strength 2 needs. */
int32_t ef_ed25519_verify(const uint8_t key[32], const uint8_t *message, uint32_t bytes, const uint8_t signature[64]);

/* 0 when the order is for this chip and from whoever may give it. */
int32_t ef_order_check(const ef_slots_port *port, const ef_switch *order);

#ifdef __cplusplus
}
#endif
#endif
