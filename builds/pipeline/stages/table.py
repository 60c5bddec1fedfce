"""The stages of a build, in their order: each row says where a stage stands, what it does, which
function does it and what it leaves in the log.

The worker reads this table to know what comes, the jailed child to do its part of it, the console
to say what happens. So each function loads what it needs when it runs: the worker's process gets no
reader of models from here, and the child no database.
"""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final, Generic, TypeVar

from builds.choices import Stage
from builds.pipeline.stages.order import StageLog
from builds.pipeline.stages.work import BuildRun, Work

State = TypeVar("State")


@dataclass(frozen=True)
class StageRow(Generic[State]):
    """One stage."""

    stage: Stage
    does: str
    run: Callable[[State], State]
    line: Callable[[State], str]  # for the log, of what the stage has made


def follow(row: StageRow[State], state: State, log: StageLog) -> State:
    """Run one stage and let the log hear of its begin and its end."""
    log.enter(row.stage)
    started = monotonic()
    done = row.run(state)
    log.note(row.stage, monotonic() - started, row.line(done))
    return done


def quantise_version(run: BuildRun) -> BuildRun:
    """Find or make the version's int8 model, and write the order for the child."""
    from builds.pipeline.quantise import order_quantised  # noqa: PLC0415 - needs the database

    return order_quantised(run)


def compile_model(work: Work) -> Work:
    """Model to C++."""
    from builds.pipeline.stages.make import make_sources  # noqa: PLC0415 - reads the model

    return make_sources(work)


def toolchain(work: Work) -> Work:
    """C++ to machine code."""
    from builds.pipeline.stages.make import make_library  # noqa: PLC0415 - idem

    return make_library(work)


def fit(work: Work) -> Work:
    """Refuse what the target cannot hold, before time is spent on its proof."""
    from builds.pipeline.stages.make import check_fit  # noqa: PLC0415 - idem

    return check_fit(work)


def prove(work: Work) -> Work:
    """Hold every engine against the reference."""
    from builds.pipeline.stages.make import make_proof  # noqa: PLC0415 - idem

    return make_proof(work)


def package(work: Work) -> Work:
    """Pack everything that is kept, apart from signatures."""
    from builds.pipeline.stages.make import make_files  # noqa: PLC0415 - idem

    return make_files(work)


def sign(run: BuildRun) -> BuildRun:
    """Sign what the child left."""
    from builds.pipeline.store import result_sign  # noqa: PLC0415 - needs keys and the database

    return result_sign(run)


def store(run: BuildRun) -> BuildRun:
    """Write blobs, rows and the final state."""
    from builds.pipeline.store import result_store  # noqa: PLC0415 - idem

    return result_store(run)


def _compiled_line(work: Work) -> str:
    return f"{sum(work.compiled.ops.values())} operations, {work.compiled.macs:,} MACs"


def _linked_line(work: Work) -> str:
    return f"{work.linked.code_bytes:,} B code, {work.linked.weights_bytes:,} B weights"


def _fit_line(work: Work) -> str:
    return f"{work.static_ram_bytes:,} B RAM of {work.order.target.ram_bytes:,}"


def _proof_line(work: Work) -> str:
    engines = [name for name, version in work.proof.engines.items() if version]
    equal = f"{work.proof.vectors} vectors equal in {', '.join(engines)}"
    coverage = work.proof.seen.coverage if work.proof.seen else None
    return f"{equal}, reach {coverage.marks:.0%} of ends and ties" if coverage else equal


def _packed_line(work: Work) -> str:
    return f"{len(work.outputs) + len(work.unsigned)} files"


QUANTISE: Final = StageRow[BuildRun](
    Stage.QUANTISE,
    "a float model becomes int8 with its calibration dataset, in a process without network or "
    "secrets; accuracy of both is measured",
    quantise_version,
    lambda run: str(run.int8),
)
JAILED: Final[tuple[StageRow[Work], ...]] = (
    StageRow(
        Stage.COMPILE,
        "the model becomes C++ with a memory plan: no heap, no interpreter",
        compile_model,
        _compiled_line,
    ),
    StageRow(
        Stage.TOOLCHAIN,
        "the C++ becomes machine code for the target",
        toolchain,
        _linked_line,
    ),
    StageRow(Stage.FIT, "flash and RAM against what the target has", fit, _fit_line),
    StageRow(
        Stage.PROVE,
        "golden vectors through the TFLM interpreter, the code on the host, and the target's "
        "machine code in an emulator",
        prove,
        _proof_line,
    ),
    StageRow(
        Stage.PACKAGE,
        "image or bundle, sources, golden vectors and telemetry schema become files",
        package,
        _packed_line,
    ),
)
SIGN: Final = StageRow[BuildRun](
    Stage.SIGN,
    "images, report, provenance and each file get their signatures",
    sign,
    lambda run: f"{len(run.result.files)} files",
)
STORE: Final = StageRow[BuildRun](
    Stage.STORE,
    "each file is kept by its digest, and the build is done with all of them or not done",
    store,
    lambda run: f"{sum(len(file.output.data) for file in run.result.files):,} B",
)
STAGES: Final[tuple[StageRow[BuildRun] | StageRow[Work], ...]] = (QUANTISE, *JAILED, SIGN, STORE)
