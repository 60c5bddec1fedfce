// Flash on the host that loses power: before, in and after any operation, or that refuses one.
#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "ef_flash.h"

struct PowerCut {};

enum class Stop { Before, Torn, After, Refused };
constexpr Stop kStops[] = {Stop::Before, Stop::Torn, Stop::After, Stop::Refused};

class SimFlash {
 public:
  SimFlash(uint32_t sector, uint32_t sectors, uint32_t unit) : bytes(sector * sectors, 0xFF) {
    port = ef_flash{&SimFlash::read, &SimFlash::write, &SimFlash::erase, this, sector, sectors, unit};
  }

  std::vector<uint8_t> bytes;
  ef_flash port;
  uint32_t operations = 0;  // so far
  uint32_t stop_at = UINT32_MAX;
  Stop stop = Stop::Before;
  uint32_t seed = 1;
  uint32_t misuses = 0;  // writes of what was not erased, odd sizes, beyond the end

 private:
  static SimFlash &self(void *context) { return *static_cast<SimFlash *>(context); }

  uint32_t dice() {
    seed = seed * 1664525u + 1013904223u;
    return seed >> 8;
  }

  bool inside(uint32_t at, uint32_t size) const { return at <= bytes.size() && size <= bytes.size() - at; }

  static int32_t read(void *context, uint32_t at, void *to, uint32_t size) {
    SimFlash &flash = self(context);
    if (!flash.inside(at, size)) return ++flash.misuses, -1;
    std::memcpy(to, flash.bytes.data() + at, size);
    return 0;
  }

  static int32_t write(void *context, uint32_t at, const void *from, uint32_t size) {
    SimFlash &flash = self(context);
    const uint32_t unit = flash.port.unit_bytes;
    if (!flash.inside(at, size) || size == 0 || (at | size) % unit != 0) return ++flash.misuses, -1;
    const auto *data = static_cast<const uint8_t *>(from);
    for (uint32_t i = 0; i < size; ++i) flash.misuses += flash.bytes[at + i] != 0xFF ? 1 : 0;
    const bool stops = flash.operations++ == flash.stop_at;
    if (stops && flash.stop == Stop::Refused) return -1;
    uint32_t whole = size;
    if (stops && flash.stop == Stop::Before) whole = 0;
    if (stops && flash.stop == Stop::Torn) whole = flash.dice() % (size / unit) * unit;
    for (uint32_t i = 0; i < whole; ++i) flash.bytes[at + i] &= data[i];
    if (!stops) return 0;
    // The unit in which power fails has some of its bits.
    if (flash.stop == Stop::Torn) {
      for (uint32_t i = whole; i < whole + unit; ++i) flash.bytes[at + i] &= static_cast<uint8_t>(data[i] | flash.dice());
    }
    throw PowerCut{};
  }

  static int32_t erase(void *context, uint32_t at) {
    SimFlash &flash = self(context);
    const uint32_t sector = flash.port.sector_bytes;
    if (!flash.inside(at, sector) || at % sector != 0) return ++flash.misuses, -1;
    const bool stops = flash.operations++ == flash.stop_at;
    if (stops && flash.stop == Stop::Refused) return -1;
    if (stops && flash.stop == Stop::Before) throw PowerCut{};
    const bool torn = stops && flash.stop == Stop::Torn;
    for (uint32_t i = 0; i < sector; ++i) {
      const uint32_t one = torn ? flash.dice() : 0;
      const uint8_t left = one % 3 == 1 ? flash.bytes[at + i] : static_cast<uint8_t>(one >> 4);
      flash.bytes[at + i] = one % 3 == 0 ? 0xFF : left;
    }
    if (stops) throw PowerCut{};
    return 0;
  }
};
