"""What the header says of an embedding: types, codes, signatures and who may call what when."""

from builds.compiler.emit.embedding.points import MODEL, init_parameters
from builds.compiler.emit.embedding.style import ARENA_ALIGNMENT, Style

_TYPE = """\
/* One instance: its size is known when you compile, its members are the library's own but `user`.
   An instance does one run at a time: ef_invoke from an interrupt or another task while it runs
   gives EF_BUSY. Several instances, each with an arena of its own, run side by side. Models that
   never run at the same time may share one arena, of the largest EF_ARENA_BYTES: then fill inputs,
   invoke and read outputs of one before you go to the next, and leave models with EF_STATE_BYTES
   out of it. */
typedef struct {
  uint8_t *arena;
  void *user; /* yours, for the hook or for nothing; never read here */
  volatile uint8_t phase;
} ef_model_t;
"""
_CODES = f"""\
#define EF_ARENA_ALIGNMENT {ARENA_ALIGNMENT}
#define EF_BAD_ARENA 18 /* ef_init with an arena that is absent, not aligned or too small */
"""
_CANCELLED = "#define EF_CANCELLED 19 /* ef_invoke that the hook ended */\n"
_HOOK = """
/* Yours, if you define it; the library has one that does nothing. Called between operators, with
   how many of EF_STEPS are done: kick the watchdog, let others run, or give anything but 0 to end
   the run. ef_invoke then gives EF_CANCELLED{after}. */
int32_t ef_hook({parameters});
"""
_AFTER = (", and the model is ready for other inputs", ", and the model wants ef_init again")
_PLACE = """
/* Say where the weights are, at a multiple of 4, before ef_init: in flash of any address that the
   processor reads as memory, or in RAM. They have to stay there; call it while no run goes on. */
void ef_place_weights(const void *weights) EF_SYMBOL(ef_place_weights);
"""
_KEPT = """\
/* The buffer of an input; ef_invoke leaves in it what you filled in, so that the next run may have
   a part of it again. NULL for a wrong index. */"""
_INIT = """\
/* The instance gets `arena`, of at least EF_ARENA_BYTES at a multiple of EF_ARENA_ALIGNMENT, which
   has to stay there while the instance is used. */
"""


def declared_words(style: Style, steps: int) -> dict[str, str]:
    """Words of the header's functions; without an embedding they are what they always were."""
    wanted = style.embedding
    instance = wanted.instance
    constant = "const ef_model_t *model, " if instance else ""
    return {
        "steps": f"\n#define EF_STEPS {steps}" if wanted.hook else "",
        "type": _TYPE + "\n" if instance else "",
        "codes": (_CODES if instance else "") + (_CANCELLED if wanted.hook else ""),
        "init_parameters": init_parameters(style),
        "init_more": _INIT if instance else "",
        "only": MODEL if instance else "void",
        "constant": constant,
        "kept": _KEPT if wanted.kept_inputs else "",
        "hook": _hook(style) + (_PLACE if wanted.placed_weights else ""),
    }


def _hook(style: Style) -> str:
    if not style.embedding.hook:
        return ""
    first = f"{MODEL}, " if style.embedding.instance else ""
    after = _AFTER[1 if style.state_bytes else 0]
    return _HOOK.format(after=after, parameters=f"{first}uint32_t done")
