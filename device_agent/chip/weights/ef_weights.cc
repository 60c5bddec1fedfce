#include "ef_weights.h"

namespace {

uint32_t sum(const uint32_t *numbers, uint32_t count) {
  uint32_t all = 0;
  for (uint32_t i = 0; i < count; ++i) all += numbers[i];
  return all;
}

// Little-endian, wherever it lies.
uint32_t number(const uint8_t *from) {
  return from[0] | static_cast<uint32_t>(from[1]) << 8 | static_cast<uint32_t>(from[2]) << 16 |
         static_cast<uint32_t>(from[3]) << 24;
}

bool equal(const uint8_t *one, const uint8_t *two, uint32_t bytes) {
  for (uint32_t i = 0; i < bytes; ++i) {
    if (one[i] != two[i]) return false;
  }
  return true;
}

// One vector: its inputs, and the outputs behind them.
bool same_outputs(const ef_weights_code *code, const uint8_t *at) {
  for (uint32_t i = 0; i < code->inputs; ++i) {
    uint8_t *to = static_cast<uint8_t *>(code->input(i));
    for (uint32_t j = 0; j < code->input_bytes[i]; ++j) to[j] = *at++;
  }
  if (code->invoke() != 0) return false;
  for (uint32_t i = 0; i < code->outputs; ++i) {
    if (!equal(static_cast<const uint8_t *>(code->output(i)), at, code->output_bytes[i])) return false;
    at += code->output_bytes[i];
  }
  return true;
}

}  // namespace

int32_t ef_weights_fit(const ef_weights_code *code, const ef_model_image *image, const uint8_t *payload) {
  if (image->kind != EF_IMAGE_WEIGHTS || image->entry % 4 != 0 || image->entry == 0) return -1;
  if (image->entry >= image->payload_bytes || image->payload_bytes - image->entry < EF_VECTORS_HEAD) return -1;
  const uint8_t *head = payload + image->entry;
  const uint32_t given = sum(code->input_bytes, code->inputs), made = sum(code->output_bytes, code->outputs);
  if (number(head + 4) != given || number(head + 8) != made) return -1;
  const uint32_t room = image->payload_bytes - image->entry - EF_VECTORS_HEAD;
  return given + made != 0 && number(head) <= room / (given + made) ? 0 : -1;
}

int32_t ef_weights_prove(const ef_weights_code *code, const ef_model_image *image, const uint8_t *payload,
                         ef_proof *proof) {
  if (ef_weights_fit(code, image, payload) != 0) return -1;
  code->place(payload);
  if (code->init() != 0) return -1;
  const uint8_t *at = payload + image->entry;
  const uint32_t step = sum(code->input_bytes, code->inputs) + sum(code->output_bytes, code->outputs);
  proof->vectors = number(at);
  at += EF_VECTORS_HEAD;
  for (uint32_t i = 0; i < proof->vectors; ++i, at += step) {
    if (!same_outputs(code, at) && proof->bad == EF_PROOF_EQUAL) proof->bad = i;
  }
  return 0;
}
