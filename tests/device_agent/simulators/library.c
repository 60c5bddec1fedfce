/* A model of four int8 numbers: the input turned by one place. CRASH, HANG, WRONG and TALKS misbehave. */
typedef unsigned int u32;
#ifdef TALKS
extern long write(int, const void *, unsigned long);
#endif
static signed char input[4], output[4];
int ef_init(void) { return 0; }
void *ef_input(u32 index) { return index == 0 ? input : 0; }
const void *ef_output(u32 index) { return index == 0 ? output : 0; }
int ef_invoke(void) {
#ifdef CRASH
    *(volatile int *)0 = 1;
#endif
#ifdef HANG
    for (;;) __asm__ volatile("");
#endif
#ifdef TALKS
    for (int i = 0; i < 1 << 16; i++) write(1, "talk ", 5);
#endif
#ifdef REFUSES
    return 7;
#endif
    for (u32 i = 0; i < 4; i++) output[i] = input[(i + 1) % 4];
#ifdef WRONG
    output[0] ^= 1;
#endif
    return 0;
}
