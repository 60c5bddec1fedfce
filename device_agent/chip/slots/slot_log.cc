#include "slot_log.h"

#include "ef_bytes.h"
#include "sha256.h"

namespace {

constexpr uint32_t kMagic = 0x31524645u;  // "EFR1"
constexpr uint32_t kTries = 3;

// A record as it lies in flash.
struct Record {
  uint32_t magic;
  ef_slots_state state;
  uint8_t rest[20];
  uint32_t crc;  // of all before
};
static_assert(sizeof(Record) == EF_RECORD_BYTES, "a record is what it was");
static_assert(sizeof(ef_slot_record) == 44, "a record is what it was");

uint32_t crc_of(const Record &raw) { return ~ef_crc32(&raw, EF_RECORD_BYTES - 4, ~0u); }

bool erased(const Record &raw) {
  const uint8_t *at = reinterpret_cast<const uint8_t *>(&raw);
  uint8_t all = 0xFF;
  for (uint32_t i = 0; i < EF_RECORD_BYTES; ++i) all = static_cast<uint8_t>(all & at[i]);
  return all == 0xFF;
}

uint32_t places(const ef_slot_log *log) { return log->flash->sector_bytes / EF_RECORD_BYTES; }

uint32_t place(const ef_slot_log *log, uint32_t sector, uint32_t index) {
  return log->offset + sector * log->flash->sector_bytes + index * EF_RECORD_BYTES;
}

// Writes at the next place, and moves on whether it went well or not: a place is never written twice.
int32_t append(ef_slot_log *log, const Record &raw) {
  const ef_flash *flash = log->flash;
  if (log->next >= places(log)) {
    log->sector = 1u - log->newest;
    if (flash->erase(flash->context, place(log, log->sector, 0)) != 0) return -1;
    log->next = 0;
  }
  const uint32_t at = place(log, log->sector, log->next++);
  Record back;
  if (flash->write(flash->context, at, &raw, EF_RECORD_BYTES) != 0) return -1;
  if (flash->read(flash->context, at, &back, sizeof back) != 0) return -1;
  if (ef_equal(&back, &raw, EF_RECORD_BYTES) == 0) return -1;
  log->newest = log->sector;
  return 0;
}

}  // namespace

int32_t ef_slot_log_open(ef_slot_log *log, const ef_flash *flash, uint32_t offset, ef_slots_state *record) {
  log->flash = flash;
  log->offset = offset;
  log->newest = log->sector = 1;
  ef_wipe(record, sizeof *record);
  record->active = EF_SLOTS;
  if (flash->sector_bytes < EF_LOG_SECTOR_MIN) return -1;
  log->next = places(log);  // nothing is known of either sector: the first record erases its own
  for (uint32_t sector = 0; sector < 2; ++sector) {
    uint32_t used = 0;
    bool newest = false;
    for (uint32_t index = 0; index < places(log); ++index) {
      Record raw;
      if (flash->read(flash->context, place(log, sector, index), &raw, sizeof raw) != 0) return -1;
      if (!erased(raw)) used = index + 1;
      if (raw.magic == kMagic && raw.crc == crc_of(raw) && raw.state.sequence > record->sequence) {
        ef_copy(record, &raw.state, sizeof *record);
        newest = true;
      }
    }
    if (newest) {
      log->newest = log->sector = sector;
      log->next = used;
    }
  }
  return 0;
}

int32_t ef_slot_log_write(ef_slot_log *log, ef_slots_state *record) {
  Record raw;
  ++record->sequence;
  ef_wipe(&raw, sizeof raw);
  raw.magic = kMagic;
  ef_copy(&raw.state, record, sizeof *record);
  raw.crc = crc_of(raw);
  for (uint32_t attempt = 0; attempt < kTries; ++attempt) {
    if (append(log, raw) == 0) return 0;
  }
  return -1;
}
