// The boards mps2-an385 and mps2-an386 of QEMU (Cortex-M3 and M4): UART 0, and SysTick as clock and watchdog.
//
// PSRAM keeps its content through a reset and serves as the flash of the slots. What the maker wrote comes by
// `-device loader,file=made.bin,addr=0x21000000,force-raw=on`; without it the board has a name of its own kind. What a
// sensor shows lies at 0x21010000. With `-object memory-backend-file,…` and `memory-backend=` PSRAM is a file: then the
// flash outlives QEMU, and others may write what the sensor shows.
#include "board.h"

extern "C" {
void ef_start(void);
void ef_tick(void);
void ef_fault(void);
extern uint8_t ef_ram_start[];
extern uint8_t ef_ram_end[];
}

namespace {

constexpr uint32_t kUart = 0x40004000u;
constexpr uint32_t kData = 0x00, kState = 0x04, kControl = 0x08, kBaudDivider = 0x10;
constexpr uint32_t kTransmitFull = 1, kReceiveFull = 2, kEnableBoth = 3, kDivider = 16;
constexpr uint32_t kCoprocessors = 0xE000ED88u, kResetControl = 0xE000ED0Cu, kResetNow = 0x05FA0004u;
constexpr uint32_t kSysTick = 0xE000E010u, kSysTickOn = 7, kClockHz = 25000000u, kTickMs = 10, kListenTicks = 10;
constexpr uint32_t kMade = 0x21000000u, kSensor = 0x21010000u;

volatile uint32_t g_ticks;
volatile uint32_t g_fed;
uint32_t g_heard;  // the tick of the last byte

volatile uint32_t &at(uint32_t address) { return *reinterpret_cast<volatile uint32_t *>(address); }

ef_kept *kept() { return reinterpret_cast<ef_kept *>(EF_BOARD_KEPT); }

[[noreturn]] void restart(uint8_t reason) {
  kept()->reset = reason;
  __asm__ volatile("dsb" ::: "memory");
  at(kResetControl) = kResetNow;
  for (;;) __asm__ volatile("wfi");
}

void feed(void *) { g_fed = g_ticks; }

int32_t get(void *) {
  if ((at(kUart + kState) & kReceiveFull) == 0) return -1;
  g_heard = g_ticks;
  return static_cast<int32_t>(at(kUart + kData) & 0xFFu);
}

// A line whose other end does not read is not the model's fault.
void put(void *context, uint8_t byte) {
  while ((at(kUart + kState) & kTransmitFull) != 0) feed(context);
  at(kUart + kData) = byte;
}

uint32_t now(void *) { return g_ticks * kTickMs; }

uint32_t micros(void *) {
  const uint32_t ticks = g_ticks;
  const uint32_t left = at(kSysTick + 8);
  return ticks * kTickMs * 1000u + (kClockHz / 1000u * kTickMs - left) / (kClockHz / 1000000u);
}

// The UART asks for no interrupt here: it is watched all the time while a client sends, and once in a tick otherwise.
void idle(void *) {
  if (g_ticks - g_heard > kListenTicks) __asm__ volatile("wfi");
}

void reset(void *) { restart(EF_RESET_POWER); }

void start_clock() {
  at(kSysTick + 4) = kClockHz / 1000u * kTickMs - 1;
  at(kSysTick + 8) = 0;
  at(kSysTick) = kSysTickOn;
}

void start_uart() {
  at(kUart + kBaudDivider) = kDivider;
  at(kUart + kControl) = kEnableBoth;
}

}  // namespace

void ef_tick(void) {
  g_ticks = g_ticks + 1;
  if ((g_ticks - g_fed) * kTickMs > EF_BOARD_WATCHDOG_MS) restart(EF_RESET_WATCHDOG);
}

void ef_fault(void) { restart(EF_RESET_FAULT); }

void ef_start(void) {
  for (volatile uint8_t *byte = ef_ram_start; byte < ef_ram_end; byte = byte + 1) *byte = 0;
  at(kCoprocessors) = at(kCoprocessors) | (0xFu << 20);
  __asm__ volatile("dsb\n\tisb" ::: "memory");
  static const ef_made kUnnamed = {EF_MADE_MAGIC, EF_STRENGTH_GATEWAY, 8, 0, 0, "mps2-000", {0}};
  const ef_made *made = reinterpret_cast<const ef_made *>(kMade);
  static ef_board_port port;
  port.board = EF_BOARD_NAME;
  port.target = EF_BOARD_TARGET;
  port.made = made->magic == EF_MADE_MAGIC ? made : &kUnnamed;
  port.kept = kept();
  port.sensor = reinterpret_cast<const ef_sensor *>(kSensor);
  port.get = get;
  port.put = put;
  port.now = now;
  port.micros = micros;
  port.feed = feed;
  port.idle = idle;
  port.reset = reset;
  start_uart();
  start_clock();
  ef_board_run(&port);
  restart(EF_RESET_FAULT);
}

using Vector = void (*)(void);
extern "C" __attribute__((section(".ef_head"), used)) const Vector ef_vectors[16] = {
    reinterpret_cast<Vector>(EF_STACK_TOP), ef_start, ef_fault, ef_fault, ef_fault, ef_fault, ef_fault, ef_fault,
    ef_fault, ef_fault, ef_fault, ef_fault, ef_fault, ef_fault, ef_fault, ef_tick,
};
