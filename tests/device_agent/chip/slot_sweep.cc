// Stops a chip at every operation of its flash while it takes a new model, and once more while it comes back.
//
// slot_sweep DEPTH STRIDE: of every STRIDE-th log position; DEPTH 2 stops twice, at all pairs. Prints one JSON object;
// exit code 1 when anything that the slots promise did not hold.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <unordered_set>

#include "model_image.h"
#include "sha256.h"
#include "sim_flash.h"
#include "slots.h"

namespace {

constexpr uint32_t kPiece = 200;  // bytes of an upload's request: no multiple of any write unit
constexpr uint32_t kRoundsMax = 12;
constexpr uint32_t kPayload = 1300;

enum class Kind { Good, WrongBytes, VectorsDiffer, VectorsCrash, VectorsHang, TrialCrashes, TrialHangs, Unconfirmed };
constexpr const char *kNames[] = {"good",          "wrong bytes",   "vectors differ", "vectors crash",
                                  "vectors hang",  "trial crashes", "trial hangs",    "unconfirmed"};
constexpr uint32_t kKinds = 8;

struct Geometry {
  uint32_t sector, unit;
};
constexpr Geometry kGeometries[] = {{512, 4}, {1024, 8}, {2048, 16}, {4096, 32}};

struct Reset {
  uint8_t reason;
};

struct File {
  std::vector<uint8_t> bytes;
  uint8_t sha[32];
};

void put32(uint8_t *at, uint32_t value) {
  for (uint32_t i = 0; i < 4; ++i) at[i] = static_cast<uint8_t>(value >> (8 * i));
}

File make_file(uint32_t counter, uint8_t content) {
  File file{std::vector<uint8_t>(EF_IMAGE_HEADER + kPayload), {}};
  uint8_t *head = file.bytes.data();
  put32(head, EF_IMAGE_MAGIC);
  head[4] = EF_IMAGE_HEADER;
  put32(head + 12, kPayload);
  put32(head + 20, counter);
  for (uint32_t i = 0; i < kPayload; ++i) head[EF_IMAGE_HEADER + i] = static_cast<uint8_t>(content + i * 7);
  ef_sha256 hash;
  ef_sha256_start(&hash);
  ef_sha256_add(&hash, head, 96);
  ef_sha256_add(&hash, head + EF_IMAGE_HEADER, kPayload);
  ef_sha256_end(&hash, head + 96);
  ef_sha256_start(&hash);
  ef_sha256_add(&hash, file.bytes.data(), static_cast<uint32_t>(file.bytes.size()));
  ef_sha256_end(&hash, file.sha);
  return file;
}

struct Figures {
  uint64_t scenarios = 0, operations = 0, stops = 0, restarts = 0, violations = 0, misuses = 0;
  std::unordered_set<uint64_t> states;  // of the flash's content where power came back
};
Figures g_figures;

void violated(const char *what, Kind kind) {
  if (g_figures.violations++ < 20) fprintf(stderr, "%s: %s\n", kNames[static_cast<int>(kind)], what);
}

// A chip with a good model of counter 5, and a gateway that brings it one of counter 6.
struct World {
  Kind kind;
  SimFlash flash;
  ef_slots_port port{};
  ef_slots slots{};
  File old_file = make_file(5, 1), new_file = make_file(6, 2);
  uint32_t low = 0;         // the highest `low` that was ever seen
  bool confirmed = false;   // the new one's confirmation was answered
  bool fell_back = false;
  uint32_t starts = 0;

  World(Kind given, Geometry shape, uint32_t log_fill)
      : kind(given), flash(shape.sector, 2 + 2 * sectors_of(shape), shape.unit) {
    wire(shape);
    std::memcpy(flash.bytes.data() + port.slot_offset[0], old_file.bytes.data(), old_file.bytes.size());
    ef_slots_start(&slots, &port, EF_RESET_POWER);
    for (uint32_t i = 0; i < log_fill; ++i) ef_slot_log_write(&slots.log, &slots.record);
    flash.operations = 0;
  }

  World(const World &other) : World(other, 0) {}

  static uint32_t sectors_of(Geometry shape) { return (EF_IMAGE_HEADER + kPayload + shape.sector - 1) / shape.sector; }

  void start(uint8_t reason) {
    ++starts;
    ++g_figures.restarts;
    // A flash that refused an operation is asked again at the next start.
    for (uint32_t attempt = 0; attempt < 2; ++attempt) {
      if (ef_slots_start(&slots, &port, reason) == EF_RC_OK) return check();
    }
    violated("it does not start", kind);
  }

  void check() {
    const ef_slots_state &record = slots.record;
    const uint32_t active = record.active, running = slots.running;
    if (active >= EF_SLOTS || record.slot[active].state != EF_SLOT_GOOD || !whole(active)) return violated("no good image", kind);
    if (running >= EF_SLOTS || !whole(running)) return violated("no bootable image", kind);
    const ef_slot_record &slot = record.slot[running];
    if (slot.state != EF_SLOT_GOOD && (slot.state != EF_SLOT_TRIAL || slot.proved == 0)) violated("it runs what was not proved", kind);
    if (record.low < low) violated("the lowest counter fell", kind);
    if (slot.counter < record.low) violated("it runs an old counter", kind);
    if (confirmed && std::memcmp(record.slot[active].sha, new_file.sha, 32) != 0) violated("it forgot a confirmation", kind);
    low = record.low;
  }

  // One visit of the gateway; true when there is nothing more to do.
  bool visit() {
    const uint32_t slot = holding();
    if (slot < EF_SLOTS) {
      const uint8_t state = slots.record.slot[slot].state;
      if (state == EF_SLOT_GOOD) return true;
      if (state == EF_SLOT_BAD) return fell_back = true;
      if (state == EF_SLOT_TRIAL) return on_trial();
    }
    if (!upload()) return false;
    const ef_switch order{new_file.sha, 6, nullptr, nullptr};
    ef_slots_switch(&slots, &order);
    return false;
  }

  bool on_trial() {
    if (kind == Kind::TrialCrashes) throw Reset{EF_RESET_FAULT};
    if (kind == Kind::TrialHangs) throw Reset{EF_RESET_WATCHDOG};
    if (kind == Kind::Unconfirmed) throw Reset{EF_RESET_POWER};
    if (ef_slots_confirm(&slots, new_file.sha) == EF_RC_OK) confirmed = true;
    return false;
  }

  bool upload() {
    const auto bytes = static_cast<uint32_t>(new_file.bytes.size());
    if (ef_slots_begin(&slots, bytes, new_file.sha) != EF_RC_OK) return false;
    while (ef_slots_wanted(&slots) < bytes) {
      const uint32_t at = ef_slots_wanted(&slots);
      const uint32_t size = bytes - at < kPiece ? bytes - at : kPiece;
      std::vector<uint8_t> piece(new_file.bytes.begin() + at, new_file.bytes.begin() + at + size);
      if (kind == Kind::WrongBytes && at == 0) piece[size - 1] ^= 1;
      if (ef_slots_take(&slots, at, piece.data(), size) != EF_RC_OK) return false;
    }
    return true;
  }

  // From a start until the gateway has nothing more to do; resets of the model's own are followed.
  void live(uint8_t reason) {
    start(reason);
    for (uint32_t round = 0; round < kRoundsMax; ++round) {
      try {
        if (visit()) return finish();
      } catch (const Reset &reset) {
        start(reset.reason);
      }
    }
    violated("it comes to no end", kind);
  }

  void finish() {
    const uint8_t *active = slots.record.slot[slots.record.active].sha;
    const bool is_new = std::memcmp(active, new_file.sha, 32) == 0;
    if (kind == Kind::Good && !is_new && !fell_back) violated("it did not take the good one", kind);
    if (kind != Kind::Good && is_new) violated("it took a bad one", kind);
    if (is_new && slots.record.low != 6) violated("the lowest counter is not the new one's", kind);
    if (!is_new && slots.record.low != 5) violated("the lowest counter is not the old one's", kind);
    if (fell_back && kind != Kind::WrongBytes && slots.record.why == EF_WHY_NOTHING) violated("it does not say why", kind);
    check();
  }

  uint64_t state(uint8_t reason) const {
    uint64_t hash = 1469598103934665603ull + static_cast<uint64_t>(kind) * 31 + reason + flash.port.unit_bytes * 1009;
    for (uint8_t byte : flash.bytes) hash = (hash ^ byte) * 1099511628211ull;
    return hash;
  }

 private:
  World(const World &other, int) : kind(other.kind), flash(other.flash), old_file(other.old_file), new_file(other.new_file) {
    port = other.port;
    low = other.low;
    confirmed = other.confirmed;
    flash.port.context = &flash;
    port.flash = flash.port;
    port.context = this;
    flash.stop_at = UINT32_MAX;
    flash.operations = 0;
  }

  void wire(Geometry shape) {
    const uint32_t sectors = sectors_of(shape);
    port.flash = flash.port;
    port.log_offset = 0;
    port.slot_offset[0] = 2 * shape.sector;
    port.slot_offset[1] = (2 + sectors) * shape.sector;
    port.slot_bytes = sectors * shape.sector;
    port.context = this;
    port.fits = [](void *, uint32_t, const ef_model_image *) -> int32_t { return 0; };
    port.prove = [](void *context, uint32_t, const ef_model_image *, ef_proof *proof) -> int32_t {
      const Kind kind = static_cast<World *>(context)->kind;
      if (kind == Kind::VectorsCrash) throw Reset{EF_RESET_FAULT};
      if (kind == Kind::VectorsHang) throw Reset{EF_RESET_WATCHDOG};
      proof->vectors = 4;
      if (kind == Kind::VectorsDiffer) proof->bad = 2;
      return 0;
    };
  }

  bool whole(uint32_t slot) const {
    return ef_model_image_verify(&port.flash, port.slot_offset[slot], port.slot_bytes) == 0;
  }

  uint32_t holding() const {
    for (uint32_t i = 0; i < EF_SLOTS; ++i) {
      const ef_slot_record &slot = slots.record.slot[i];
      if (slot.state >= EF_SLOT_TRIAL && std::memcmp(slot.sha, new_file.sha, 32) == 0) return i;
    }
    return EF_SLOTS;
  }
};

// Lives `from` with a stop at every operation; what is left is lived again, with `depth` more stops.
void sweep(const World &from, uint32_t depth) {
  World calm(from);
  calm.live(EF_RESET_POWER);
  const uint32_t operations = calm.flash.operations;
  g_figures.operations += operations;
  g_figures.misuses += calm.flash.misuses;
  if (depth == 0) return;
  for (uint32_t at = 0; at < operations; ++at) {
    for (Stop stop : kStops) {
      World world(from);
      world.flash.stop_at = at;
      world.flash.stop = stop;
      world.flash.seed = at * 977 + depth;
      ++g_figures.stops;
      try {
        world.live(EF_RESET_POWER);
        continue;  // a refusal was survived
      } catch (const PowerCut &) {
      }
      if (g_figures.states.insert(world.state(static_cast<uint8_t>(depth))).second) sweep(world, depth - 1);
    }
  }
}

}  // namespace

int main(int count, char **arguments) {
  if (count != 3) return 2;
  const auto depth = static_cast<uint32_t>(atoi(arguments[1])), stride = static_cast<uint32_t>(atoi(arguments[2]));
  for (Geometry shape : kGeometries) {
    const uint32_t places = 2 * (shape.sector / EF_RECORD_BYTES);
    for (uint32_t kind = 0; kind < kKinds; ++kind) {
      for (uint32_t fill = kind % stride; fill < places; fill += stride) {
        ++g_figures.scenarios;
        sweep(World(static_cast<Kind>(kind), shape, fill), depth);
      }
    }
  }
  const Figures &f = g_figures;
  printf("{\"scenarios\": %llu, \"operations\": %llu, \"stops\": %llu, \"states\": %zu, \"restarts\": %llu, "
         "\"misuses\": %llu, \"violations\": %llu}\n",
         static_cast<unsigned long long>(f.scenarios), static_cast<unsigned long long>(f.operations),
         static_cast<unsigned long long>(f.stops), f.states.size(), static_cast<unsigned long long>(f.restarts),
         static_cast<unsigned long long>(f.misuses), static_cast<unsigned long long>(f.violations));
  return f.violations == 0 && f.misuses == 0 ? 0 : 1;
}
