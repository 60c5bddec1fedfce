"""`python -m builds.export MODEL --target T --layout L --out FILE`: one model as one archive.

Guarantees: exit 0 when the file was written, 2 when something was refused, with one sentence on
stderr; the file appears whole or not at all.
"""

import argparse
import hashlib
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from builds.compiler import Arithmetic, Recipe, Weights
from builds.compiler.cli import add_embedding, embedding_of, read_model
from builds.compiler.errors import CompileError
from builds.export import export_archive, layouts, load_layout, slug_of
from builds.export.archive import PACKERS
from builds.export.demonstration import demonstration_image
from builds.export.errors import ExportError
from builds.export.gather import Wish, gather
from builds.export.layout import check_wish
from builds.export.onchip.chip_library import parsed_schema
from builds.export.slot.image import BUILD_NUMBER, ImageSigning, signed, with_image
from builds.export.slot.slot_file import with_slot_file
from builds.export.texts.publication import UNPUBLISHED, Publication
from builds.export.tflm import gather_tflm
from builds.image import Identity, ImageError
from builds.signing import PublicKey, SigningError, open_signer
from builds.targets import (
    BadTarget,
    Board,
    SlotBoard,
    Target,
    UnknownBoard,
    UnknownTarget,
    load_target,
    parse_board,
    parse_slot_board,
    read_board,
    slot_board,
    slot_board_text,
)
from builds.toolchain import ToolchainError
from builds.verify import VerifyError
from device_agent.protocol.canonical import canonical_json
from device_agent.protocol.errors import ProtocolError
from device_agent.protocol.schema import dump_schema

REFUSED = 2
VECTORS_MAX = 1000
INTERPRETER_LAYOUT = "tflm"
DEMONSTRATION = "qemu-demo"
IMAGE_LAYOUT = "image"
SLOT_LAYOUT = "slot"
BOARD_LAYOUTS = frozenset({IMAGE_LAYOUT, SLOT_LAYOUT})
DEMONSTRATION_SUFFIX = ".elf"
LABELS_BYTES = 1024**2
SCHEMA_BYTES = 1024**2
REFUSALS = (
    BadTarget,
    CompileError,
    ExportError,
    ImageError,
    SigningError,
    ToolchainError,
    UnknownTarget,
    VerifyError,
)


def main(
    arguments: Sequence[str] | None = None,
    *,
    exports: Callable[[argparse.Namespace], bytes] | None = None,
) -> int:
    """Run the command; `exports` gives what the file will hold."""
    options = _parser().parse_args(arguments)
    try:
        sign = _signature(options)  # a key that cannot be had is refused before the work
        data = (exports or export)(options)
        data = _signed(data, options, sign) if sign else data
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
    board = _board(options)
    slotted = _slot_board(options)
    wish = Wish(
        name=options.name or options.model.stem,
        version=options.version,
        model=read_model(options.model),
        target=_target(options, board, slotted),
        vectors=options.vectors,
        recipe=Recipe(options.recipe),
        seed=options.seed,
        weights=Weights(options.weights),
        named=options.name is not None and options.layout not in BOARD_LAYOUTS,
        arithmetic=Arithmetic(options.arithmetic),
        embedding=embedding_of(options),
        labels=options.labels or (),
        schema=_schema(options.schema),
        publication=Publication(
            options.url, options.license, options.date, options.vendor or UNPUBLISHED.vendor
        ),
    )
    if options.layout != DEMONSTRATION:
        check_wish(load_layout(options.layout), wish.target, wish)
    with tempfile.TemporaryDirectory(prefix="edgefleet-export-") as name:
        work = Path(name)
        if options.layout == INTERPRETER_LAYOUT:
            return export_archive(gather_tflm(wish, work), INTERPRETER_LAYOUT, suffix=suffix)
        material = gather(wish, work)
        if options.layout == DEMONSTRATION:
            return demonstration_image(material)
        if board:
            material = with_image(material, board)
        if slotted:
            material = with_slot_file(material, slotted, options.counter)
        return export_archive(material, options.layout, suffix=suffix)


def _schema(text: str | None) -> bytes:
    """A telemetry schema in the bytes that its digest is made over."""
    if not text:
        return b""
    try:
        return canonical_json(dump_schema(parsed_schema(text.encode())))
    except ProtocolError as error:
        raise ExportError(f"The telemetry schema cannot be read: {error}") from error


def _board(options: argparse.Namespace) -> Board | None:
    if (options.layout in BOARD_LAYOUTS) != bool(options.board):
        raise ExportError(
            "The layouts image and slot go with --board, and a board with no other layout."
        )
    return parse_board(*options.board) if options.layout == IMAGE_LAYOUT else None


def _slot_board(options: argparse.Namespace) -> SlotBoard | None:
    return parse_slot_board(*options.board) if options.layout == SLOT_LAYOUT else None


def _target(options: argparse.Namespace, board: Board | None, slotted: SlotBoard | None) -> Target:
    told = board.target if board else slotted.profile if slotted else None
    if told and options.target not in {None, told}:
        raise ExportError(f"The board {options.board[0]} is one of {told}.")
    if not (told or options.target):
        raise ExportError("Name a target with --target, such as cortex-m4f.")
    return slotted.target if slotted else load_target(told or options.target)


def _signature(options: argparse.Namespace) -> ImageSigning | None:
    if not options.key:
        return None
    if options.layout != IMAGE_LAYOUT:
        raise ExportError("A key signs the layout image alone.")
    signer = open_signer(options.key)
    return ImageSigning(
        counter=options.counter,
        sign=lambda payload: bytes.fromhex(signer.sign(payload).signature),
        public_key=PublicKey.of(signer).raw,
    )


def _signed(data: bytes, options: argparse.Namespace, by: ImageSigning) -> bytes:
    """The image signed; the process that holds the key reads no model but to hand it on."""
    identity = Identity(
        version=f"{options.version}+{BUILD_NUMBER}",
        security_counter=by.counter,
        model_sha256=hashlib.sha256(read_model(options.model)).hexdigest(),
    )
    root = slug_of(options.name or options.model.stem)
    return signed(data, root, parse_board(*options.board), identity, by)


def _suffix(options: argparse.Namespace) -> str | None:
    """Refused before the model is compiled."""
    if options.layout == DEMONSTRATION:
        if options.out.suffix != DEMONSTRATION_SUFFIX:
            raise ExportError(f"The demonstration is a file that ends in {DEMONSTRATION_SUFFIX}.")
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


def labels_of(path: str) -> list[str]:
    """Read class names, one a line."""
    return [line.strip() for line in text_of(path, LABELS_BYTES).splitlines() if line.strip()]


def text_of(path: str, limit_bytes: int = SCHEMA_BYTES) -> str:
    """Read a small text file; raises what argparse shows."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(limit_bytes + 1)
        if len(data) > limit_bytes:
            raise argparse.ArgumentTypeError(f"{path} is larger than {limit_bytes} bytes")
        return data.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise argparse.ArgumentTypeError(f"{path} cannot be read as text: {error}") from None


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
    parser.add_argument("--target", help="name of a target, as cortex-m4f; a board has its own")
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
    add_embedding(parser)
    _add_facts(parser)
    _add_image(parser)
    return parser


def _add_image(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--board", type=_board_text, metavar="NAME|FILE.toml", help="whose slot the image is for"
    )
    parser.add_argument(
        "--key", metavar="URI", help="signs the image: file:firmware.pem, hsm:… or awskms:…"
    )
    parser.add_argument(
        "--counter", type=int, default=1, metavar="N", help="the release's security counter"
    )


def _board_text(word: str) -> tuple[str, str]:
    try:
        return (word, slot_board_text(word)) if slot_board(word) else read_board(word)
    except (BadTarget, UnknownBoard) as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _add_facts(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--labels", type=labels_of, metavar="FILE", help="class names, one a line")
    parser.add_argument(
        "--schema",
        type=text_of,
        metavar="FILE",
        help="the version's telemetry schema, by which a chip counts",
    )
    parser.add_argument("--url", default="", help="a page for people, as package indexes want it")
    parser.add_argument("--license", default="", metavar="SPDX", help="as MIT OR Apache-2.0")
    parser.add_argument("--date", default="", metavar="YYYY-MM-DD", help="of the release")
    parser.add_argument("--vendor", default="", help="in a pack's name; EdgeFleet without it")
