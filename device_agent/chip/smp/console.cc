#include "console.h"

namespace {

constexpr uint8_t kFirst[2] = {6, 9}, kMore[2] = {4, 20};
constexpr uint32_t kRaw = 93;  // bytes of a line before base64: 124 letters, two markers, a newline
constexpr uint8_t kBad = 64, kPad = 65;
constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

uint32_t crc16(uint32_t crc, uint8_t byte) {
  crc ^= static_cast<uint32_t>(byte) << 8;
  for (uint32_t bit = 0; bit < 8; ++bit) crc = (crc & 0x8000u) != 0 ? (crc << 1) ^ 0x1021u : crc << 1;
  return crc & 0xFFFFu;
}

uint32_t crc_of(const uint8_t *data, uint32_t bytes) {
  uint32_t crc = 0;
  for (uint32_t i = 0; i < bytes; ++i) crc = crc16(crc, data[i]);
  return crc;
}

uint8_t value_of(uint8_t letter) {
  if (letter >= 'A' && letter <= 'Z') return static_cast<uint8_t>(letter - 'A');
  if (letter >= 'a' && letter <= 'z') return static_cast<uint8_t>(letter - 'a' + 26);
  if (letter >= '0' && letter <= '9') return static_cast<uint8_t>(letter - '0' + 52);
  if (letter == '+') return 62;
  if (letter == '/') return 63;
  return letter == '=' ? kPad : kBad;
}

void drop(ef_console *console) {
  console->begun = 0;
  console->used = 0;
}

bool starts(const ef_console *console, const uint8_t mark[2]) {
  return console->line_used >= 2 && console->line[0] == mark[0] && console->line[1] == mark[1];
}

bool decode_line(ef_console *console) {
  const uint32_t letters = console->line_used - 2u;
  if (letters == 0 || letters % 4 != 0) return false;
  uint32_t bits = 0, pads = 0;
  for (uint32_t at = 0; at < letters; ++at) {
    uint32_t value = value_of(console->line[2 + at]);
    if (value == kPad) {
      if (++pads > 2) return false;
      value = 0;
    } else if (value == kBad || pads != 0) {
      return false;
    }
    bits = (bits << 6) | value;
    if (at % 4 != 3) continue;
    for (uint32_t i = 0; i < 3 - pads; ++i, bits <<= 8) {
      if (console->used == console->room) return false;
      console->packet[console->used++] = static_cast<uint8_t>(bits >> 16);
    }
  }
  return true;
}

// The packet's bytes when it is whole and its CRC is right.
uint32_t finish(ef_console *console) {
  if (console->used < EF_CONSOLE_EXTRA) return 0;
  const uint32_t length = (static_cast<uint32_t>(console->packet[0]) << 8) | console->packet[1];
  const uint32_t have = console->used - 2;
  if (length > console->room - 2 || length <= 2 || have > length) {
    drop(console);
    return 0;
  }
  if (have < length) return 0;
  const uint32_t right = crc_of(console->packet + 2, length);  // over packet and CRC together it is 0
  drop(console);
  return right == 0 ? length - 2 : 0;
}

uint32_t take_line(ef_console *console) {
  if (starts(console, kFirst)) {
    drop(console);
    console->begun = 1;
  } else if (console->begun == 0 || !starts(console, kMore)) {
    return 0;
  }
  if (decode_line(console)) return finish(console);
  drop(console);
  return 0;
}

struct Out {
  void (*put)(void *context, uint8_t byte);
  void *context;
  uint32_t raw, held, bits;  // bytes of this line; bytes in `bits` that are not sent yet
};

void mark(Out *out, const uint8_t two[2]) {
  out->put(out->context, two[0]);
  out->put(out->context, two[1]);
}

void flush(Out *out) {
  if (out->held == 0) return;
  const uint32_t bits = out->bits << (8 * (3 - out->held));
  for (uint32_t i = 0; i < 4; ++i) {
    const char letter = i <= out->held ? kLetters[(bits >> (18 - 6 * i)) & 63u] : '=';
    out->put(out->context, static_cast<uint8_t>(letter));
  }
  out->held = 0;
  out->bits = 0;
}

void send(Out *out, uint8_t byte) {
  if (out->raw == kRaw) {
    flush(out);
    out->put(out->context, '\n');
    mark(out, kMore);
    out->raw = 0;
  }
  ++out->raw;
  out->bits = (out->bits << 8) | byte;
  if (++out->held == 3) flush(out);
}

}  // namespace

void ef_console_start(ef_console *console, uint8_t *packet, uint32_t room) {
  console->packet = packet;
  console->room = room;
  console->used = 0;
  console->begun = console->line_used = console->skip = 0;
}

uint32_t ef_console_take(ef_console *console, uint8_t byte) {
  if (byte != '\n') {
    if (byte == '\r') return 0;
    if (console->line_used == EF_CONSOLE_LINE) {
      console->skip = 1;
    } else {
      console->line[console->line_used++] = byte;
    }
    return 0;
  }
  const uint32_t bytes = console->skip != 0 ? 0 : take_line(console);
  console->line_used = 0;
  console->skip = 0;
  return bytes;
}

void ef_console_send(const uint8_t *packet, uint32_t bytes, void (*put)(void *context, uint8_t byte), void *context) {
  Out out;
  out.put = put;
  out.context = context;
  out.raw = out.held = out.bits = 0;
  const uint32_t length = bytes + 2, crc = crc_of(packet, bytes);
  mark(&out, kFirst);
  send(&out, static_cast<uint8_t>(length >> 8));
  send(&out, static_cast<uint8_t>(length));
  for (uint32_t i = 0; i < bytes; ++i) send(&out, packet[i]);
  send(&out, static_cast<uint8_t>(crc >> 8));
  send(&out, static_cast<uint8_t>(crc));
  flush(&out);
  put(context, '\n');
}
