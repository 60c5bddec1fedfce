#include "cbor.h"

namespace {

constexpr uint32_t kKeyMax = 24;  // bytes of a key
constexpr uint8_t kFalse = 20, kTrue = 21;

struct Cursor {
  const uint8_t *at;
  uint32_t left;
};

struct Head {
  uint8_t major;
  uint32_t value;
};

// The first bytes of an item; lengths and numbers above 32 bits are refused.
bool take_head(Cursor *cursor, Head *head) {
  if (cursor->left == 0) return false;
  const uint8_t first = *cursor->at;
  const uint32_t info = first & 31u;
  if (info > 26) return false;
  const uint32_t more = info < 24 ? 0 : 1u << (info - 24);
  if (cursor->left < 1 + more) return false;
  head->major = static_cast<uint8_t>(first >> 5);
  head->value = more == 0 ? info : 0;
  for (uint32_t i = 0; i < more; ++i) head->value = (head->value << 8) | cursor->at[1 + i];
  cursor->at += 1 + more;
  cursor->left -= 1 + more;
  return true;
}

bool take_string(Cursor *cursor, uint32_t bytes, const uint8_t **data) {
  if (bytes > cursor->left) return false;
  *data = cursor->at;
  cursor->at += bytes;
  cursor->left -= bytes;
  return true;
}

// Steps over what a head announces. Each item takes a byte at least, so that a count above what is left is a lie.
bool step_over(Cursor *cursor, const Head *first) {
  Head head;
  head.major = first->major;
  head.value = first->value;
  uint32_t open[EF_CBOR_DEPTH];
  uint32_t depth = 0;
  for (;;) {
    uint32_t inside = 0;
    const uint8_t *ignored;
    if (head.major == EF_CBOR_BYTES || head.major == EF_CBOR_TEXT) {
      if (!take_string(cursor, head.value, &ignored)) return false;
    } else if (head.major == EF_CBOR_ARRAY || head.major == EF_CBOR_MAP) {
      if (head.value > cursor->left) return false;
      inside = head.major == EF_CBOR_MAP ? 2 * head.value : head.value;
    } else if (head.major == 6) {
      inside = 1;
    }
    if (inside > 0) {
      if (depth == EF_CBOR_DEPTH) return false;
      open[depth++] = inside;
    }
    while (depth > 0 && open[depth - 1] == 0) --depth;
    if (depth == 0) return true;
    --open[depth - 1];
    if (!take_head(cursor, &head)) return false;
  }
}

bool is_key(const char *key, const uint8_t *data, uint32_t bytes) {
  for (uint32_t i = 0; i < bytes; ++i) {
    if (key[i] == 0 || static_cast<uint8_t>(key[i]) != data[i]) return false;
  }
  return key[bytes] == 0;
}

// Letters of `wanted`: their lowest bits are the kind.
constexpr uint8_t kMajor = 7, kSmall = 0x20;
constexpr char kAny = '*';
constexpr uint32_t kKey = 2;  // where in a text of `wanted` its key begins

uint32_t length(const char *text) {
  uint32_t bytes = 0;
  while (text[bytes] != 0) ++bytes;
  return bytes;
}

const char *behind(const char *text) { return text + length(text) + 1; }

bool take_field(Cursor *cursor, const Head &head, const char *wanted, ef_cbor_field *field) {
  const bool sized = wanted[1] != kAny && head.value != static_cast<uint8_t>(wanted[1]);
  if (field->data != nullptr || head.major != (static_cast<uint8_t>(wanted[0]) & kMajor) || sized) return false;
  field->value = head.value;
  field->data = cursor->at;
  const bool string = head.major == EF_CBOR_BYTES || head.major == EF_CBOR_TEXT;
  return !string || take_string(cursor, head.value, &field->data);
}

bool take_pair(Cursor *cursor, const char *wanted, ef_cbor_field *fields) {
  Head head;
  const uint8_t *key;
  if (!take_head(cursor, &head) || head.major != EF_CBOR_TEXT || head.value > kKeyMax) return false;
  const uint32_t bytes = head.value;
  if (!take_string(cursor, bytes, &key) || !take_head(cursor, &head)) return false;
  for (; *wanted != 0; wanted = behind(wanted), ++fields) {
    if (is_key(wanted + kKey, key, bytes)) return take_field(cursor, head, wanted, fields);
  }
  return step_over(cursor, &head);
}

void put(ef_cbor_out *out, const uint8_t *data, uint32_t bytes) {
  if (out->full != 0 || bytes > out->room - out->used) {
    out->full = 1;
    return;
  }
  for (uint32_t i = 0; i < bytes; ++i) out->to[out->used++] = data[i];
}

void put_head(ef_cbor_out *out, uint8_t major, uint32_t value) {
  uint8_t head[5];
  const uint32_t more = value < 24 ? 0 : value <= 0xFF ? 1 : value <= 0xFFFF ? 2 : 4;
  const uint32_t info = more == 0 ? value : more == 1 ? 24 : more == 2 ? 25 : 26;
  head[0] = static_cast<uint8_t>((static_cast<uint32_t>(major) << 5) | info);
  for (uint32_t i = 0; i < more; ++i) head[1 + i] = static_cast<uint8_t>(value >> (8 * (more - 1 - i)));
  put(out, head, 1 + more);
}

}  // namespace

int32_t ef_cbor_read(const uint8_t *from, uint32_t bytes, const char *wanted, ef_cbor_field *fields) {
  Cursor cursor;
  cursor.at = from;
  cursor.left = bytes;
  Head head;
  ef_cbor_field *field = fields;
  for (const char *at = wanted; *at != 0; at = behind(at)) (field++)->data = nullptr;
  if (!take_head(&cursor, &head) || head.major != EF_CBOR_MAP) return -1;
  for (uint32_t pair = 0; pair < head.value; ++pair) {
    if (!take_pair(&cursor, wanted, fields)) return -1;
  }
  if (cursor.left != 0) return -1;
  for (; *wanted != 0; wanted = behind(wanted), ++fields) {
    if ((*wanted & kSmall) == 0 && fields->data == nullptr) return -1;
  }
  return 0;
}

const char *ef_cbor_next_list(const char *wanted) {
  while (*wanted != 0) wanted = behind(wanted);
  return wanted + 1;
}

void ef_cbor_key(ef_cbor_out *out) {
  ef_cbor_text(out, out->keys);
  out->keys = behind(out->keys);
}

void ef_cbor_map(ef_cbor_out *out, uint32_t pairs) { put_head(out, EF_CBOR_MAP, pairs); }
void ef_cbor_array(ef_cbor_out *out, uint32_t items) { put_head(out, EF_CBOR_ARRAY, items); }
void ef_cbor_uint(ef_cbor_out *out, uint32_t value) { put_head(out, EF_CBOR_UINT, value); }
void ef_cbor_bool(ef_cbor_out *out, int32_t value) { put_head(out, EF_CBOR_SIMPLE, value != 0 ? kTrue : kFalse); }

void ef_cbor_text(ef_cbor_out *out, const char *text) {
  ef_cbor_string(out, reinterpret_cast<const uint8_t *>(text), length(text));
}

void ef_cbor_string(ef_cbor_out *out, const uint8_t *text, uint32_t bytes) {
  put_head(out, EF_CBOR_TEXT, bytes);
  put(out, text, bytes);
}

void ef_cbor_bytes(ef_cbor_out *out, const uint8_t *data, uint32_t bytes) {
  put_head(out, EF_CBOR_BYTES, bytes);
  put(out, data, bytes);
}
