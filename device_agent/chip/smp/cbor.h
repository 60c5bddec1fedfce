// Enough CBOR (RFC 8949) for the management protocol: maps of short text keys, of definite length.
//
// The reader never looks past its bytes, nests at most EF_CBOR_DEPTH levels while it steps over what it does not know,
// and refuses duplicate keys, indefinite lengths and bytes behind the end. The writer stops at the end of its room and
// says so; lengths are written in their shortest form.
#ifndef EF_CBOR_H
#define EF_CBOR_H

#include <stdint.h>

#define EF_CBOR_DEPTH 8u

#ifdef __cplusplus
extern "C" {
#endif

enum { EF_CBOR_UINT = 0, EF_CBOR_NEGATIVE = 1, EF_CBOR_BYTES = 2, EF_CBOR_TEXT = 3, EF_CBOR_ARRAY = 4, EF_CBOR_MAP = 5, EF_CBOR_SIMPLE = 7 };

/* One value that a request has. */
typedef struct ef_cbor_field {
  uint32_t value;      /* of a number or a simple value; the length of bytes and text */
  const uint8_t *data; /* in the request; none (0) where the request has no such field */
} ef_cbor_field;

/* What a request may have: a text for each field, one after another, with a 0 behind each and one more at the end.
   Its first letter is the kind that is taken: x a number, b bytes, s text, o a simple value; a capital letter where the
   field must be there. The second one is the length that bytes must have, as a character, or * for any. Then its key. */
#define EF_CBOR_FIELDS_MAX 5u

/* Reads a map into the fields of `wanted`, in its order, and steps over other keys: 0, or -1 when it is not such a
   map, or lacks a field. */
int32_t ef_cbor_read(const uint8_t *from, uint32_t bytes, const char *wanted, ef_cbor_field *fields);

/* The list behind this one, where lists follow each other. */
const char *ef_cbor_next_list(const char *wanted);

typedef struct ef_cbor_out {
  const char *keys; /* those that ef_cbor_key() writes next, one after another */
  uint8_t *to;
  uint32_t room;
  uint32_t used;
  uint8_t full; /* 1: something did not fit, and nothing was written since */
} ef_cbor_out;

void ef_cbor_key(ef_cbor_out *out);
void ef_cbor_map(ef_cbor_out *out, uint32_t pairs);
void ef_cbor_array(ef_cbor_out *out, uint32_t items);
void ef_cbor_uint(ef_cbor_out *out, uint32_t value);
void ef_cbor_bool(ef_cbor_out *out, int32_t value);
void ef_cbor_text(ef_cbor_out *out, const char *text);
void ef_cbor_string(ef_cbor_out *out, const uint8_t *text, uint32_t bytes);
void ef_cbor_bytes(ef_cbor_out *out, const uint8_t *data, uint32_t bytes);

#ifdef __cplusplus
}
#endif
#endif
