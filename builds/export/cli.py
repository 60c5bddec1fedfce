"""`python -m builds.export MODEL --target T --layout L --out FILE`: one model as one archive.

Guarantees: exit 0 when the file was written, 2 when something was refused, with one sentence on
stderr; the file appears whole or not at all.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from builds.compiler import Arithmetic, Recipe, Weights
from builds.compiler.cli import read_model
from builds.compiler.errors import CompileError
from builds.export import export_archive, layouts, load_layout
from builds.export.archive import PACKERS
from builds.export.demonstration import demonstration_image
from builds.export.errors import ExportError
from builds.export.gather import Wish, gather
from builds.export.tflm import gather_tflm
from builds.targets import UnknownTarget, load_target
from builds.toolchain import ToolchainError
from builds.verify import VerifyError

REFUSED = 2
VECTORS_MAX = 1000
INTERPRETER_LAYOUT = "tflm"
DEMONSTRATION = "qemu-demo"
REFUSALS = (CompileError, ExportError, ToolchainError, UnknownTarget, VerifyError)


def main(
    arguments: Sequence[str] | None = None,
    *,
    exports: Callable[[argparse.Namespace], bytes] | None = None,
) -> int:
    """Run the command; `exports` gives what the file will hold."""
    options = _parser().parse_args(arguments)
    try:
        data = (exports or export)(options)
        write_whole(options.out, data)
    except REFUSALS as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    except OSError as error:
        sys.stderr.write(f"The file {options.out} cannot be written: {error.strerror}.\n")
        return REFUSED
    sys.stdout.write(f"{options.out}: {len(data):,} bytes\n")
    return 0


def export(options: argparse.Namespace) -> bytes:
    """What the file will hold."""
    suffix = _suffix(options)
    wish = Wish(
        name=options.name or options.model.stem,
        version=options.version,
        model=read_model(options.model),
        target=load_target(options.target),
        vectors=options.vectors,
        recipe=Recipe(options.recipe),
        seed=options.seed,
        weights=Weights(options.weights),
        named=options.name is not None,
        arithmetic=Arithmetic(options.arithmetic),
    )
    with tempfile.TemporaryDirectory(prefix="edgefleet-export-") as name:
        work = Path(name)
        if options.layout == INTERPRETER_LAYOUT:
            return export_archive(gather_tflm(wish, work), INTERPRETER_LAYOUT, suffix=suffix)
        material = gather(wish, work)
        if options.layout == DEMONSTRATION:
            return demonstration_image(material)
        return export_archive(material, options.layout, suffix=suffix)


def _suffix(options: argparse.Namespace) -> str | None:
    """Refused before the model is compiled."""
    if options.layout == DEMONSTRATION:
        return None
    suffix, layout = options.out.suffix, load_layout(options.layout)
    if suffix not in layout.suffixes:
        offered = " or ".join(layout.suffixes)
        raise ExportError(f"{layout.title} is a file that ends in {offered}.")
    return str(suffix)


def write_whole(path: Path, data: bytes) -> None:
    """Write beside the target and rename, so that nobody sees half a file."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".export-", delete=False) as file:
        try:
            file.write(data)
            file.flush()
            Path(file.name).chmod(0o644)
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


def _count(text: str) -> int:
    value = int(text)
    if not 1 <= value <= VECTORS_MAX:
        raise argparse.ArgumentTypeError(f"between 1 and {VECTORS_MAX} vectors can be exported")
    return value


def _parser() -> argparse.ArgumentParser:
    endings = ", ".join(sorted(PACKERS))
    parser = argparse.ArgumentParser(
        prog="python -m builds.export",
        description="Export a model in the layout of one ecosystem, proved first.",
    )
    parser.add_argument("model", type=Path, metavar="MODEL.tflite")
    parser.add_argument("--target", required=True, help="name of a target, as cortex-m4f")
    parser.add_argument("--layout", required=True, choices=[*layouts(), DEMONSTRATION])
    parser.add_argument(
        "--out", required=True, type=Path, metavar="FILE", help=f"ends in {endings}"
    )
    parser.add_argument(
        "--name",
        help="of the library, and in its symbols, macros and files: several models fit into one "
        "program; without it the library is named like the file and the symbols are plain",
    )
    parser.add_argument("--version", default="1.0.0", metavar="X.Y.Z")
    parser.add_argument("--vectors", type=_count, default=10, metavar="N", help="golden vectors")
    parser.add_argument("--recipe", choices=[r.value for r in Recipe], default="balanced")
    parser.add_argument(
        "--weights",
        choices=[w.value for w in Weights],
        default="together",
        help="apart: weights.bin can be flashed without the code",
    )
    parser.add_argument(
        "--arithmetic",
        choices=[a.value for a in Arithmetic],
        default=Arithmetic.REFUSE.value,
        help="where TFLM leaves the real numbers: refuse, or compute what TFLM or LiteRT does",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the golden vectors")
    return parser
