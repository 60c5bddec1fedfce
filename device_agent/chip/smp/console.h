// SMP over a serial console: lines that begin with 06 09, or 04 14 when they go on, in base64, with a CRC-16.
//
// A packet is its length (2 bytes, with the CRC), the packet and its CRC-16/XMODEM, big-endian. What is not such a line
// is passed over, so that logs may use the same line; whatever is wrong with a packet drops it without an answer.
#ifndef EF_CONSOLE_H
#define EF_CONSOLE_H

#include <stdint.h>

#define EF_CONSOLE_LINE 127u  /* bytes of a line with its newline */
#define EF_CONSOLE_EXTRA 4u   /* bytes of length and CRC around a packet */

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ef_console {
  uint8_t *packet; /* room for a packet with EF_CONSOLE_EXTRA bytes more */
  uint32_t room;
  uint32_t used;
  uint8_t begun; /* 1: a first line was taken */
  uint8_t line_used;
  uint8_t skip; /* 1: the line is too long to be one of ours */
  uint8_t line[EF_CONSOLE_LINE];
} ef_console;

void ef_console_start(ef_console *console, uint8_t *packet, uint32_t room);

/* Takes one byte of the line. Gives the bytes of a whole packet, which then starts at packet + 2, or 0. */
uint32_t ef_console_take(ef_console *console, uint8_t byte);

/* Sends a packet by `put`, which takes one byte. */
void ef_console_send(const uint8_t *packet, uint32_t bytes, void (*put)(void *context, uint8_t byte), void *context);

#ifdef __cplusplus
}
#endif
#endif
