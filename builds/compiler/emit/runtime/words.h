// Words that overlay bytes; the second kind may lie at any address.

using EfWord = uint32_t __attribute__((may_alias));
// The attribute stands before the type: after it, clang drops the alignment and then joins loads into LDM.
using EfUnaligned __attribute__((may_alias, aligned(1))) = uint32_t;
