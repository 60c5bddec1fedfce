"""`python -m builds.compiler MODEL... --target T --out DIR`: the compiler without its service.

Guarantees: exit 0 when all was done, 2 when the model, target or proof was refused, with one
sentence on stderr.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from builds.compiler import limits
from builds.compiler.compiled import Compiled
from builds.compiler.emit.header import uncompared, unproved
from builds.compiler.errors import BadModel, CompileError, OtherAbi
from builds.compiler.pipeline import compile_model
from builds.compiler.recipe import Arithmetic, Embedding, Recipe, Weights
from builds.compiler.report import Json, has_reference, make_report, to_json
from builds.compiler.report.summary import summary
from builds.targets.catalog import UnknownTarget, load_target
from builds.targets.float_abi import FloatAbi, NoSoftFloats, with_float_abi
from builds.targets.spec import Target
from builds.toolchain import ToolchainError, build_library
from builds.verify import Proof, VerifyError, prove, reals_json
from builds.verify.every_value import functions_json, with_values
from builds.verify.evidence import evidence, objection

REFUSED = 2
REFUSALS = (CompileError, NoSoftFloats, ToolchainError, VerifyError, UnknownTarget)
Run = Callable[[Path, Path, argparse.Namespace], Json]
VECTORS = 2  # golden vectors, when nobody says how many


def main(arguments: Sequence[str] | None = None, *, runs: Run | None = None) -> int:
    """Run the command for each model; the worst exit code counts. `runs` does one model's work."""
    options = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="edgefleet-compiler-") as spare:
        codes = [_compiled(path, options, Path(spare), runs or run) for path in options.models]
    return max(codes)


def _compiled(path: Path, options: argparse.Namespace, spare: Path, runs: Run) -> int:
    # Absolute, because the compiler's programs run in folders of their own.
    out: Path = (options.out or spare).absolute()
    try:
        report = runs(path, out / path.stem if len(options.models) > 1 else out, options)
    except REFUSALS as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    title = f"model         {path.stem}\n" if len(options.models) > 1 else ""
    sys.stdout.write(to_json(report) if options.json else title + summary(report))
    return _verdict(report)


def run(path: Path, out: Path, options: argparse.Namespace) -> Json:
    """Compile, build, prove, and write the files."""
    target = with_float_abi(load_target(options.target), FloatAbi(options.float_abi))
    model = read_model(path)
    recipe = Recipe(options.recipe)
    arithmetic = Arithmetic(options.arithmetic)
    compiled = compile_model(
        model,
        target,
        recipe=recipe,
        weights=Weights(options.weights),
        arithmetic=arithmetic,
        name=options.name,
        embedding=embedding_of(options),
    )
    _check_abi(compiled, options.abi)
    out.mkdir(parents=True, exist_ok=True)
    for name, text in sorted(compiled.files.items()):
        (out / name).write_text(text, "utf-8")
    header = out / compiled.header
    header.write_text(unproved(header.read_text("utf-8")), "utf-8")  # until it is
    if compiled.weights:
        (out / "weights.bin").write_bytes(compiled.weights)
    sizes = build_library(
        compiled.files,
        target,
        out,
        cflags=compiled.cflags,
        compiler=options.compiler,
        name=compiled.name,
    )
    proved = _prove(model, compiled, target, out, options) if options.verify else None
    if proved and proved.equal:
        text = compiled.files[compiled.header]
        header.write_text(text if has_reference(proved.engines) else uncompared(text), "utf-8")
    proof = _proof(proved) if proved else None
    seen = proved.seen if proved else None
    report = make_report(model, compiled, target, recipe, sizes, proof, proved)
    report |= evidence(compiled, arithmetic, seen) | {"objection": objection(arithmetic, seen)}
    (out / "report.json").write_text(to_json(report), "utf-8")
    return report


def add_embedding(parser: argparse.ArgumentParser) -> None:
    """Add what a firmware may ask for beside the four functions."""
    wishes = {
        "instance": "the caller gives an instance and an arena with each call",
        "hook": "call a function of the firmware between operators",
        "shared-kernels": "link kernels once that several models have in common",
        "placed-weights": "give the address of weights apart when the program runs",
        "kept-inputs": "a run leaves its inputs as they were; takes more arena",
    }
    for flag, text in wishes.items():
        parser.add_argument(f"--{flag}", action="store_true", help=text)


def embedding_of(options: argparse.Namespace) -> Embedding:
    """What the options ask for."""
    return Embedding(
        instance=options.instance,
        hook=options.hook,
        shared_kernels=options.shared_kernels,
        placed_weights=options.placed_weights,
        kept_inputs=options.kept_inputs,
    )


def _check_abi(compiled: Compiled, wanted: str | None) -> None:
    if wanted is None or wanted == compiled.abi:
        return
    found = compiled.abi or "none, for its weights are not apart (--weights apart)"
    why = " ".join(("", *compiled.exceptions))
    raise OtherAbi(f"These weights do not fit the code with ABI {wanted}; theirs is {found}.{why}")


def read_model(path: Path) -> bytes:
    """Read a model file, no further than the limit."""
    try:
        with path.open("rb") as file:
            return file.read(limits.MODEL_BYTES + 1)
    except OSError as error:
        raise BadModel(f"The model {path} cannot be read: {error.strerror}.") from error


def _prove(
    model: bytes, compiled: Compiled, target: Target, out: Path, options: argparse.Namespace
) -> Proof:
    proof = prove(
        model,
        compiled,
        target,
        vectors=options.verify,
        workdir=out / "proof",
        seed=options.seed,
        compiler=options.compiler,
        steps=compiled.step_names,
    )
    return with_values(proof, compiled, model, target, out / "proof" / "values")


def _proof(proved: Proof) -> Json:
    return {
        "vectors": proved.vectors,
        "engines": dict(proved.engines),
        "reasons": dict(proved.reasons),
        "equal": proved.equal,
        "first_difference": proved.first_difference,
        "functions": functions_json(proved),
        **({"reals": reals} if (reals := reals_json(proved.reals)) else {}),
    }


def _verdict(report: Json) -> int:
    proof = report["proof"]
    if isinstance(proof, dict) and not proof["equal"]:
        sys.stderr.write(f"The proof failed: {proof['first_difference']}.\n")
        return REFUSED
    if report["objection"]:
        sys.stderr.write(f"{report['objection']}\n")
        return REFUSED
    return 0


def _count(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 10_000:
        raise argparse.ArgumentTypeError("between 0 and 10000 vectors can be proved")
    return value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m builds.compiler",
        description="Compile a .tflite model to C++ for one target, and prove the result.",
    )
    parser.add_argument("models", type=Path, nargs="+", metavar="MODEL.tflite")
    parser.add_argument("--target", required=True, help="name of a target, as cortex-m4f")
    parser.add_argument("--out", type=Path, metavar="DIR", help="a folder each if several models")
    parser.add_argument(
        "--verify",
        type=_count,
        default=VECTORS,
        metavar="N",
        help=f"golden vectors to prove the library with ({VECTORS}); 0 leaves it unproved",
    )
    parser.add_argument("--recipe", choices=[r.value for r in Recipe], default="balanced")
    parser.add_argument(
        "--weights",
        choices=[w.value for w in Weights],
        default="together",
        help="apart: weights.bin of any training of the network fits the code",
    )
    parser.add_argument(
        "--name", help="in symbols, macros and files, for several models in one program"
    )
    parser.add_argument(
        "--arithmetic",
        choices=[a.value for a in Arithmetic],
        default=Arithmetic.REFUSE.value,
        help="where TFLM leaves the real numbers further than by rounding: refuse the model, "
        "compute what TFLM does, or what LiteRT does",
    )
    add_embedding(parser)
    parser.add_argument(
        "--float-abi",
        choices=[a.value for a in FloatAbi],
        default=FloatAbi.TARGET.value,
        help="soft: a library for firmware whose floats travel in integer registers (soft, softfp)",
    )
    parser.add_argument("--abi", metavar="HEX", help="refuse weights that do not fit this code")
    parser.add_argument("--compiler", choices=("clang", "gnu"), default="clang")
    parser.add_argument("--seed", type=int, default=0, help="of the golden vectors")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    return parser
