"""Where the instructions of a run go: how many each operator takes, counted on the emulated CPU.

Guarantees: every instruction between an operator's first and the next one's is its own, so the
numbers add up to those of the whole run, apart from the way into the first operator. What is
counted is built with `EF_PROFILE`, which only keeps the operators' functions apart: one call more
for each.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from builds.verify.engines import attempt, run_unicorn
from builds.verify.errors import VerifyError
from builds.verify.subject import Subject

ENGINE = "unicorn"
FLAG = "-DEF_PROFILE"


def profile(subject: Subject, inputs: Sequence[bytes]) -> tuple[int, ...]:
    """Count the instructions of each of `subject.steps` on the first input; () where it cannot."""
    specs = (spec.split(":") for spec in subject.target.emulators)
    found = next((spec for spec in specs if spec[0] == ENGINE), None)
    if found is None or not subject.steps:
        return ()
    _, machine, cpu = found
    kept_apart = replace(
        subject, cflags=(*subject.cflags, FLAG), workdir=subject.workdir / "profile"
    )

    run = partial(run_unicorn, machine=machine, cpu=cpu)
    try:
        return tuple(attempt(run, kept_apart, inputs[:1]).facts["steps"])
    except VerifyError:
        return ()  # the proof tells what is wrong
