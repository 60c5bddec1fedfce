// Runs a linked model on a bare Cortex-M board of an emulator: reads the vectors that were placed in memory,
// writes outputs and measurements to files through Arm semihosting.
// Compiled with EF_REQUEST (address of the request), EF_STACK_TOP and EF_STACK_WINDOW (bytes that are painted) defined.
#include <stdint.h>

extern "C" {
int32_t ef_init(void);
void *ef_input(uint32_t index);
const void *ef_output(uint32_t index);
int32_t ef_invoke(void);
int32_t ef_nothing(void);
void ef_start(void);
extern uint32_t ef_ram_end[];
}

namespace {

constexpr uint32_t kSysOpen = 0x01, kSysWrite = 0x05, kSysExit = 0x18;
constexpr uint32_t kOpenWriteBinary = 5;
constexpr uint32_t kStopped = 0x20026;  // ADP_Stopped_ApplicationExit: the host's exit code 0
constexpr uint32_t kFault = 0x20023;    // ADP_Stopped_RunTimeErrorUnknown: exit code 1
constexpr uint32_t kPaint = 0xA5A5A5A5u;

struct Request {
  uint32_t vectors, inputs, outputs;
  uint32_t sizes[1];  // of each input, then of each output, then the input bytes
};

struct Measured {
  uint32_t ticks, stack_bytes;
};

uint32_t host(uint32_t operation, const void *argument) {
  register uint32_t r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

[[noreturn]] void finish(uint32_t how) {
  host(kSysExit, reinterpret_cast<const void *>(how));
  for (;;) {
  }
}

uint32_t create(const char *name, uint32_t length) {
  const uint32_t block[3] = {reinterpret_cast<uint32_t>(name), kOpenWriteBinary, length};
  return host(kSysOpen, block);
}

void write(uint32_t handle, const void *data, uint32_t bytes) {
  const uint32_t block[3] = {handle, reinterpret_cast<uint32_t>(data), bytes};
  if (host(kSysWrite, block) != 0) finish(kFault);
}

volatile uint32_t *at(uint32_t address) { return reinterpret_cast<volatile uint32_t *>(address); }

void start_clock() {
  *at(0xE000E014) = 0x00FFFFFF;  // SysTick reload
  *at(0xE000E018) = 0;
  *at(0xE000E010) = 5;  // on, processor clock, no interrupt
}

void enable_fpu() {
  *at(0xE000ED88) = *at(0xE000ED88) | (0xFu << 20);
  __asm__ volatile("dsb\n\tisb" ::: "memory");
}

// Calls `function` between two readings of the clock, on a painted stack.
__attribute__((noinline)) Measured measure(int32_t (*function)(void)) {
  uint32_t *top;
  __asm__ volatile("mov %0, sp" : "=r"(top));
  uint32_t *floor = top - EF_STACK_WINDOW / 4;
  if (floor < ef_ram_end) floor = ef_ram_end;
  for (volatile uint32_t *word = floor; word < top; ++word) *word = kPaint;
  uint32_t before, after, status;
  __asm__ volatile(
      "ldr r4, =0xE000E018\n\t"
      "mov r5, %3\n\t"
      "movs r0, #0\n\t"
      "ldr r6, [r4]\n\t"
      "blx r5\n\t"
      "ldr r5, [r4]\n\t"
      "mov %0, r6\n\t"
      "mov %1, r5\n\t"
      "mov %2, r0\n\t"
      : "=&r"(before), "=&r"(after), "=&r"(status)
      : "r"(function)
      : "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r12", "lr", "cc", "memory");
  if (status != 0) finish(kFault);
  uint32_t *deepest = floor;
  while (deepest < top && *deepest == kPaint) ++deepest;
  return {(before - after) & 0x00FFFFFF, static_cast<uint32_t>(top - deepest) * 4};
}

void copy(void *to, const uint8_t *from, uint32_t bytes) {
  for (uint32_t i = 0; i < bytes; ++i) static_cast<volatile uint8_t *>(to)[i] = from[i];
}

void run(const Request &request) {
  const uint32_t outputs = create("outputs.bin", 11), counts = create("counts.bin", 10);
  const uint32_t *sizes = request.sizes;
  const uint8_t *data = reinterpret_cast<const uint8_t *>(sizes + request.inputs + request.outputs);
  Measured calibration = measure(ef_nothing);
  write(counts, &calibration, sizeof calibration);
  for (uint32_t vector = 0; vector < request.vectors; ++vector) {
    for (uint32_t i = 0; i < request.inputs; data += sizes[i++]) copy(ef_input(i), data, sizes[i]);
    const Measured measured = measure(ef_invoke);
    write(counts, &measured, sizeof measured);
    for (uint32_t i = 0; i < request.outputs; ++i)
      write(outputs, ef_output(i), sizes[request.inputs + i]);
  }
}

void fault() { finish(kFault); }

}  // namespace

// One instruction, to know what the measuring itself costs.
__asm__(
    ".section .text.ef_nothing,\"ax\",%progbits\n"
    ".global ef_nothing\n.thumb_func\n.type ef_nothing, %function\n"
    "ef_nothing:\n bx lr\n");

void ef_start(void) {
  enable_fpu();
  start_clock();
  if (ef_init() != 0) finish(kFault);
  run(*reinterpret_cast<const Request *>(EF_REQUEST));
  finish(kStopped);
}

using Vector = void (*)(void);
extern "C" __attribute__((section(".ef_head"), used)) const Vector ef_vectors[16] = {
    reinterpret_cast<Vector>(EF_STACK_TOP), ef_start, fault, fault, fault, fault, fault, fault,
    fault, fault, fault, fault, fault, fault, fault, fault,
};
