#include "model_image.h"

#include "ef_bytes.h"
#include "sha256.h"

namespace {

constexpr uint32_t kDigestOffset = 96;
constexpr uint32_t kPiece = 64;
static_assert(sizeof(ef_model_image) == kDigestOffset, "the header is what it was");

int32_t add_flash(ef_sha256 *hash, const ef_flash *flash, uint32_t offset, uint32_t bytes) {
  uint8_t piece[kPiece];
  while (bytes > 0) {
    const uint32_t now = bytes < kPiece ? bytes : kPiece;
    if (flash->read(flash->context, offset, piece, now) != 0) return -1;
    ef_sha256_add(hash, piece, now);
    offset += now;
    bytes -= now;
  }
  return 0;
}

}  // namespace

int32_t ef_model_image_read(const ef_flash *flash, uint32_t offset, uint32_t room, ef_model_image *image) {
  if (room < EF_IMAGE_HEADER || flash->read(flash->context, offset, image, sizeof *image) != 0) return -1;
  if (image->magic != EF_IMAGE_MAGIC || image->header_bytes != EF_IMAGE_HEADER || image->flags != 0) return -1;
  const bool fits = image->payload_bytes > 0 && image->payload_bytes <= room - EF_IMAGE_HEADER;
  const bool enters = image->entry < image->payload_bytes;
  return image->kind <= EF_IMAGE_WEIGHTS && fits && enters ? 0 : -1;
}

int32_t ef_model_image_verify(const ef_flash *flash, uint32_t offset, uint32_t room) {
  ef_model_image image;
  ef_sha256 hash;
  uint8_t want[EF_SHA256_BYTES], have[EF_SHA256_BYTES];
  if (ef_model_image_read(flash, offset, room, &image) != 0) return -1;
  if (flash->read(flash->context, offset + kDigestOffset, want, sizeof want) != 0) return -1;
  ef_sha256_start(&hash);
  if (add_flash(&hash, flash, offset, kDigestOffset) != 0) return -1;
  if (add_flash(&hash, flash, offset + EF_IMAGE_HEADER, image.payload_bytes) != 0) return -1;
  ef_sha256_end(&hash, have);
  return ef_equal(want, have, sizeof want) != 0 ? 0 : -1;
}

int32_t ef_flash_digest(const ef_flash *flash, uint32_t offset, uint32_t bytes, uint8_t digest[32]) {
  ef_sha256 hash;
  ef_sha256_start(&hash);
  if (add_flash(&hash, flash, offset, bytes) != 0) return -1;
  ef_sha256_end(&hash, digest);
  return 0;
}
