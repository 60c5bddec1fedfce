// A sector, each part in whole write units:
//   mark    it was erased to the end, how often, and while which generation was being filled
//   head    it was begun: generation, windows lost before, boot
//   record  header, frame, and a unit that is written when the window is acknowledged; and so on
//
// The sector after the one that is being filled is always erased, so that a head can be written
// without losing anything. A head counts the windows of the sector after it as lost, and only then
// is that one erased: wherever the power goes, they are counted once.
#include "ef_ring.h"

#include "ef_bytes.h"

// Small functions that many call stay functions, for size.
#define SHARED __attribute__((noinline))

namespace {

constexpr uint32_t kMark = 0x4B524D45u, kHead = 0x44485345u; // "EMRK", "ESHD"
constexpr uint32_t kRecord = 0x43524645u;                    // "EFRC"
constexpr uint32_t kResidue = 0xDEBB20E3u; // of what ends with its own CRC
constexpr uint32_t kBytesMax = 0xFFFFu;    // of a frame

// Bytes of each part, whose last word is the CRC of those before.
constexpr uint32_t kMarkBytes = 16, kHeadBytes = 24, kRecordBytes = 28, kWords = 8;
static_assert(kRecordBytes <= EF_FLASH_UNIT_MAX, "a part fits the widest unit");

enum { kErasures = 1, kDuring = 2 };                                // words of a mark
enum { kGeneration = 1, kLost = 2, kHeadTold = 3, kHeadBoot = 4 };  // words of a head
enum { kBytes = 1, kBoot = 2, kSeq = 3, kTold = 4, kFrameCrc = 5 }; // words of a record

enum Found { kBlank, kWhole, kTorn };

SHARED uint32_t units(const ef_ring &ring, uint32_t bytes) {
  const uint32_t unit = ring.flash->unit_bytes;
  return (bytes + unit - 1) & ~(unit - 1);
}

// Where in a sector the first record is.
SHARED uint32_t first_record(const ef_ring &ring) {
  return units(ring, kMarkBytes) + units(ring, kHeadBytes);
}

// What a record takes; one without a frame tells of a boot and is never acknowledged.
SHARED uint32_t record_bytes(const ef_ring &ring, uint32_t frame) {
  const uint32_t seal = frame == 0 ? 0 : ring.flash->unit_bytes;
  return units(ring, kRecordBytes) + units(ring, frame) + seal;
}

// Once the flash has refused something, nothing more is read or written in the same call.
SHARED void read(ef_ring &ring, uint32_t at, void *to, uint32_t bytes) {
  const ef_flash &flash = *ring.flash;
  if (ring.failed == 0) ring.failed = flash.read(flash.context, at, to, bytes) != 0;
}

SHARED void write(ef_ring &ring, uint32_t at, const void *from, uint32_t bytes) {
  const ef_flash &flash = *ring.flash;
  if (ring.failed == 0) ring.failed = flash.write(flash.context, at, from, bytes) != 0;
}

// Whether these bytes are erased.
SHARED bool is_blank(ef_ring &ring, uint32_t at, uint32_t bytes) {
  uint8_t byte = EF_FLASH_ERASED;
  uint8_t piece[EF_FLASH_UNIT_MAX];
  for (uint32_t some; bytes != 0; at += some, bytes -= some) {
    some = bytes < sizeof piece ? bytes : sizeof piece;
    read(ring, at, piece, some);
    if (ring.failed != 0) return false;
    for (uint32_t i = 0; i < some; ++i) byte &= piece[i];
    if (byte != EF_FLASH_ERASED) return false;
  }
  return true;
}

// Reads a part and says whether it is one of these, erased, or something else.
SHARED Found part(ef_ring &ring, uint32_t at, uint32_t magic, uint32_t *words, uint32_t bytes) {
  read(ring, at, words, bytes);
  if (ring.failed != 0) return kTorn;
  if (words[0] == magic && ef_crc32(words, bytes, ~0u) == kResidue) return kWhole;
  return is_blank(ring, at, units(ring, bytes)) ? kBlank : kTorn;
}

// Writes bytes; what is left of the last unit stays as if erased.
SHARED void put_bytes(ef_ring &ring, uint32_t at, const void *from, uint32_t bytes) {
  uint8_t last[EF_FLASH_UNIT_MAX];
  const uint8_t *data = static_cast<const uint8_t *>(from);
  const uint32_t unit = ring.flash->unit_bytes, whole = bytes & ~(unit - 1);
  if (whole != 0) write(ring, at, data, whole);
  if (whole == bytes) return;
  for (uint32_t i = 0; i < unit; ++i)
    last[i] = whole + i < bytes ? data[whole + i] : EF_FLASH_ERASED;
  write(ring, at + whole, last, unit);
}

SHARED void put_part(ef_ring &ring, uint32_t at, uint32_t *words, uint32_t bytes) {
  words[bytes / 4 - 1] = ~ef_crc32(words, bytes - 4, ~0u);
  put_bytes(ring, at, words, bytes);
}

uint32_t following(const ef_ring &ring, uint32_t sector) {
  return sector + 1 == ring.flash->sectors ? 0 : sector + 1;
}

uint32_t place(const ef_ring &ring, uint32_t sector) { return sector * ring.flash->sector_bytes; }

// Reads the head of a sector.
SHARED bool is_begun(ef_ring &ring, uint32_t sector, uint32_t *head) {
  const uint32_t at = place(ring, sector) + units(ring, kMarkBytes);
  return part(ring, at, kHead, head, kHeadBytes) == kWhole;
}

// A walk over records, oldest first. After next() has given true, `words` is the header of the
// record at `at`; after it has given false, `at` is where the last sector is free.
struct Walk {
  ef_ring &ring;
  uint32_t sector, back; // where it is, and how many sectors before the one that is being filled
  uint32_t sectors;      // that are still to be entered
  uint32_t at, size;
  uint32_t words[kWords];

  // Over `count` sectors, of which the first is `behind` before the one that is being filled.
  SHARED Walk(ef_ring &of, uint32_t behind, uint32_t count)
      : ring(of), sector(of.sector), back(behind + 1), sectors(count),
        at(of.flash->sector_bytes), size(0) {
    for (uint32_t on = of.flash->sectors - back; on != 0; --on) sector = following(of, sector);
  }

  SHARED bool next() {
    for (;;) {
      at += size;
      size = units(ring, kRecordBytes); // a torn header was never followed by a frame
      Found found = kBlank;
      if (at + size <= ring.flash->sector_bytes)
        found = part(ring, place(ring, sector) + at, kRecord, words, kRecordBytes);
      if (found == kWhole) {
        size = record_bytes(ring, words[kBytes]);
        return true;
      }
      if (found == kTorn && ring.failed == 0) continue;
      size = 0;
      do {
        if (ring.failed != 0 || sectors == 0) return false;
        --sectors;
        --back;
        sector = following(ring, sector);
        at = first_record(ring);
      } while (!is_begun(ring, sector, words) || words[kGeneration] != ring.generation - back);
    }
  }

  uint32_t seal() const { return place(ring, sector) + at + size - ring.flash->unit_bytes; }

  SHARED bool is_kept() {
    return words[kBytes] != 0 && is_blank(ring, seal(), ring.flash->unit_bytes);
  }

  // Whether the frame is as it was put; as much of it goes to `frame` as has `room`.
  SHARED bool is_whole(uint8_t *frame, uint32_t room) {
    uint8_t piece[EF_FLASH_UNIT_MAX];
    uint32_t crc = ~0u, from = place(ring, sector) + at + units(ring, kRecordBytes);
    for (uint32_t left = words[kBytes], some; left != 0; left -= some, from += some) {
      some = left < sizeof piece ? left : sizeof piece;
      read(ring, from, piece, some);
      if (ring.failed != 0) return false;
      crc = ef_crc32(piece, some, crc);
      for (uint32_t i = 0; i < some && room != 0; ++i, --room) *frame++ = piece[i];
    }
    return ~crc == words[kFrameCrc];
  }
};

// Ends a window: its seal is written.
SHARED void put_seal(ef_ring &ring, uint32_t at) {
  uint8_t taken[EF_FLASH_UNIT_MAX];
  for (uint8_t &byte : taken) byte = 0;
  write(ring, at, taken, ring.flash->unit_bytes);
}

SHARED uint32_t count_kept(ef_ring &ring, uint32_t behind, uint32_t count) {
  uint32_t kept = 0;
  Walk walk(ring, behind, count);
  while (walk.next()) kept += walk.is_kept();
  return kept;
}

// Makes a sector empty, unless it is. An erasure that was cut may leave an old mark before erased
// bytes; that mark tells of an earlier generation.
SHARED void prepare(ef_ring &ring, uint32_t sector) {
  uint32_t words[kWords];
  const uint32_t at = place(ring, sector), mark = units(ring, kMarkBytes);
  const bool is_marked = part(ring, at, kMark, words, kMarkBytes) == kWhole;
  if (is_marked && words[kDuring] == ring.generation &&
      is_blank(ring, at + mark, ring.flash->sector_bytes - mark))
    return;
  if (ring.failed != 0) return;
  ring.failed = ring.flash->erase(ring.flash->context, at) != 0;
  const uint32_t known = is_marked ? words[kErasures] + 1 : ring.erasures; // as old as any
  if (known > ring.erasures) ring.erasures = known;
  words[0] = kMark;
  words[kErasures] = known;
  words[kDuring] = ring.generation;
  put_part(ring, at, words, kMarkBytes);
}

// Begins the sector after the one that is being filled; what the next one keeps is lost.
SHARED void begin_sector(ef_ring &ring) {
  const uint32_t sector = following(ring, ring.sector), spare = following(ring, sector);
  const uint32_t gone = count_kept(ring, ring.flash->sectors - 2, 1);
  prepare(ring, sector);
  uint32_t words[] = {kHead, ring.generation + 1, ring.lost + gone, ring.told, ring.boot, 0};
  put_part(ring, place(ring, sector) + units(ring, kMarkBytes), words, kHeadBytes);
  if (ring.failed != 0) return;
  ring.sector = sector;
  ring.at = first_record(ring);
  ++ring.generation;
  ring.lost += gone;
  ring.kept -= gone;
  prepare(ring, spare);
}

// Reads the marks and heads; gives whether a sector was begun, and leaves the last of them.
bool find_last(ef_ring &ring) {
  bool found = false;
  for (uint32_t sector = 0; sector < ring.flash->sectors; ++sector) {
    uint32_t words[kWords];
    if (part(ring, place(ring, sector), kMark, words, kMarkBytes) != kWhole) continue;
    if (words[kErasures] > ring.erasures) ring.erasures = words[kErasures];
    if (!is_begun(ring, sector, words)) continue;
    if (found && static_cast<int32_t>(words[kGeneration] - ring.generation) < 0) continue;
    found = true;
    ring.sector = sector;
    ring.generation = words[kGeneration];
    ring.lost = words[kLost];
    ring.told = words[kHeadTold];
    ring.boot = words[kHeadBoot];
  }
  return found;
}

// Goes to the end of the last sector, and settles a window whose frame was cut short: only the last
// can have been.
void find_end(ef_ring &ring) {
  Walk walk(ring, 0, 1);
  uint32_t cut = 0; // where its seal is
  while (walk.next()) {
    if (walk.words[kBoot] > ring.boot) ring.boot = walk.words[kBoot];
    if (walk.words[kTold] > ring.told) ring.told = walk.words[kTold];
    if (walk.words[kBytes] == 0) continue;
    cut = walk.is_kept() && !walk.is_whole(nullptr, 0) ? walk.seal() : 0;
  }
  if (ring.told > ring.lost) ring.lost = ring.told;
  ring.at = walk.at;
  if (cut != 0) put_seal(ring, cut);
}

// Writes the header of a record.
SHARED void put_header(ef_ring &ring, uint32_t bytes, uint32_t seq, uint32_t told, uint32_t crc) {
  uint32_t words[] = {kRecord, bytes, ring.boot, seq, told, crc, 0};
  put_part(ring, place(ring, ring.sector) + ring.at, words, kRecordBytes);
}

bool is_shaped(const ef_ring &ring) {
  const ef_flash &flash = *ring.flash;
  const uint32_t unit = flash.unit_bytes;
  return unit != 0 && (unit & (unit - 1)) == 0 && unit <= EF_FLASH_UNIT_MAX &&
         flash.sectors >= EF_RING_SECTORS_MIN && (flash.sector_bytes & (unit - 1)) == 0 &&
         flash.sector_bytes >= first_record(ring) + record_bytes(ring, 1);
}

int32_t answer(const ef_ring &ring) { return ring.failed != 0 ? EF_RING_FLASH : EF_RING_OK; }

} // namespace

extern "C" {

int32_t ef_ring_open(ef_ring *ring, const ef_flash *flash) {
  ring->flash = flash;
  ring->at = ring->generation = ring->kept = ring->lost = ring->told = ring->boot = 0;
  ring->erasures = ring->failed = 0;
  ring->seq = 1;
  if (!is_shaped(*ring)) return EF_RING_SHAPE;
  ring->sector = flash->sectors - 1;
  const bool found = find_last(*ring);
  if (found) find_end(*ring);
  ++ring->boot;
  if (found)
    prepare(*ring, following(*ring, ring->sector));
  else
    begin_sector(*ring);
  ring->kept = count_kept(*ring, flash->sectors - 1, flash->sectors);
  // A boot is told only where that costs no sector: a device that restarts for ever wears nothing.
  const uint32_t size = record_bytes(*ring, 0);
  if (found && ring->at + size <= flash->sector_bytes) {
    put_header(*ring, 0, 0, ring->told, 0);
    ring->at += size;
  }
  return answer(*ring);
}

uint32_t ef_ring_dropped(const ef_ring *ring) { return ring->lost - ring->told; }

int32_t ef_ring_put(ef_ring *ring, const uint8_t *frame, uint32_t bytes) {
  const uint32_t seq = ring->seq++, told = ring->lost, all = ring->flash->sector_bytes;
  const uint32_t size = record_bytes(*ring, bytes);
  ring->failed = 0;
  if (bytes == 0 || bytes > kBytesMax || first_record(*ring) + size > all) {
    ++ring->lost;
    return EF_RING_SIZE;
  }
  if (ring->at + size > all) begin_sector(*ring);
  put_header(*ring, bytes, seq, told, ~ef_crc32(frame, bytes, ~0u));
  if (ring->failed != 0) {
    ring->at = all; // what would follow a header that was refused could not be found
    ++ring->lost;
    return EF_RING_FLASH;
  }
  // A frame that is refused is found not to be whole by whoever reads it, and lost then.
  ++ring->kept;
  const uint32_t from = place(*ring, ring->sector) + ring->at + units(*ring, kRecordBytes);
  ring->at += size;
  put_bytes(*ring, from, frame, bytes);
  if (ring->failed == 0) ring->told = told;
  return answer(*ring);
}

int32_t ef_ring_oldest(ef_ring *ring, ef_ring_window *window, uint8_t *frame, uint32_t room) {
  ring->failed = 0;
  Walk walk(*ring, ring->flash->sectors - 1, ring->flash->sectors);
  while (walk.next()) {
    if (!walk.is_kept()) continue;
    if (walk.is_whole(frame, room)) {
      *window = {walk.words[kBoot], walk.words[kSeq], walk.words[kBytes]};
      return EF_RING_OK;
    }
    put_seal(*ring, walk.seal()); // it has rotted
    if (ring->failed != 0) break;
    --ring->kept;
    ++ring->lost;
  }
  return ring->failed != 0 ? EF_RING_FLASH : EF_RING_NOTHING;
}

int32_t ef_ring_acknowledge(ef_ring *ring, uint32_t boot, uint32_t seq) {
  ring->failed = 0;
  Walk walk(*ring, ring->flash->sectors - 1, ring->flash->sectors);
  while (walk.next()) {
    if (walk.words[kBoot] != boot || walk.words[kSeq] != seq || !walk.is_kept()) continue;
    put_seal(*ring, walk.seal());
    if (ring->failed == 0) --ring->kept;
    break;
  }
  return answer(*ring);
}

} // extern "C"
