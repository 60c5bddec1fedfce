"""Two trainings of one network, and machine code that gets its weights from outside."""

from pathlib import Path

from builds.compiler import Compiled, Weights, compile_model
from builds.targets import Target, load_target
from builds.toolchain.compiler import Compiler
from builds.toolchain.counter import counter_library
from builds.toolchain.elf import Elf
from builds.toolchain.libraries import compile_all, compiler_by_name, link_image
from builds.toolchain.script import ENTRY_POINTS, Addresses
from builds.verify import golden_inputs, interface_of
from builds.verify.child import EngineAnswer, run_engine
from builds.verify.engines import run_tflm
from builds.verify.subject import Subject
from tests.builds.compiler.modelfile import ModelSpec
from tests.builds.compiler.networks import Net

PLACES = Addresses(0x0010_0000, 0x2000_0000, weights=0x0020_0000)


def network(seed: int, *, prefix: str = "") -> bytes:
    """A small residual network; another seed is another training: weights, scales, zero points."""
    net = Net(seed)
    spec = net.spec
    image = net.source((1, 8, 8, 4))
    first = _conv(net, image, (8, 3, 3, 4), (1, 4, 4, 8), stride=2, activation=1)
    deep = _conv(net, first, (1, 3, 3, 8), (1, 4, 4, 8), kind="DEPTHWISE_CONV_2D", multiplier=1)
    both = spec.activation((1, 4, 4, 8), net.scale(0.02, 0.2), net.zero())
    spec.op("ADD", (first, deep), (both,), activation=0)
    gate = spec.activation((1, 4, 4, 8), 1 / 256, -128)
    spec.op("LOGISTIC", (both,), (gate,))
    mean = spec.activation((1, 8), net.scale(0.002, 0.01), net.zero())
    spec.op("MEAN", (gate, net.integers([1, 2])), (mean,), keep_dims=False)
    other = spec.activation((1, 8), net.scale(0.002, 0.01), net.zero())
    spec.op("QUANTIZE", (mean,), (other,))
    weights = net.weights((5, 8), axis=None)
    logits = net.result((1, 5))
    spec.op("FULLY_CONNECTED", (other, weights, net.bias(other, weights, 5)), (logits,))
    classes = net.result((1, 5), scale=1 / 256, zero=-128)
    spec.op("SOFTMAX", (logits,), (classes,), beta=1.0)
    return _named(spec, prefix).build()


def _conv(
    net: Net,
    source: int,
    filters: tuple[int, ...],
    out: tuple[int, ...],
    *,
    kind: str = "CONV_2D",
    stride: int = 1,
    **options: int,
) -> int:
    axis = 3 if kind.startswith("DEPTHWISE") else 0
    weights = net.weights(filters, axis=axis)
    target = net.spec.activation(out, net.scale(0.05, 0.5), net.zero())
    operands = (source, weights, net.bias(source, weights, out[3], reach=2000))
    sizes = {"padding": 0, "stride_h": stride, "stride_w": stride}
    net.spec.op(kind, operands, (target,), dilation_h=1, dilation_w=1, **sizes, **options)
    return target


def _named(spec: ModelSpec, prefix: str) -> ModelSpec:
    """As converters do it: layers of a second model in one process get other names."""
    for index, tensor in enumerate(spec.tensors):
        tensor.name = f"{prefix}layer_{index}"
    return spec


def compiled_apart(model: bytes, target: str) -> Compiled:
    return compile_model(model, load_target(target), weights=Weights.APART)


def code_alone(
    compiled: Compiled, target: Target, folder: Path, *, compiler: str = "clang"
) -> bytes:
    """Link the code without any weights: their address is all it knows."""
    with_compiler: Compiler = compiler_by_name(compiler)
    folder.mkdir(parents=True, exist_ok=True)
    files = {n: t for n, t in compiled.files.items() if n != "model_weights.cc"}
    objects = compile_all(files, target, folder, cflags=compiled.cflags, compiler=with_compiler)
    link_image(objects, target, folder / "code.elf", PLACES, compiler=with_compiler)
    return (folder / "code.elf").read_bytes()


def run_code(code: bytes, weights: bytes, model: bytes, target: Target) -> list[bytes]:
    """What the emulated CPU answers with these weights in place, for a model's golden inputs."""
    compiled = compiled_apart(model, target.name)
    interface = interface_of(compiled.graph)
    placed, blob = flat(Elf(code))
    placed.append([PLACES.weights or 0, len(blob), len(weights), len(weights)])
    spec = next(s for s in target.emulators if s.startswith("unicorn:"))
    _, machine, cpu = spec.split(":")
    thumb = 1 if machine == "thumb" else 0
    symbols = {name: Elf(code).symbols[name] & ~thumb for name in ENTRY_POINTS}
    answer: EngineAnswer = run_engine(
        "unicorn_cpu",
        interface,
        golden_inputs(interface, vectors=3, seed=1),
        files={"image.bin": blob + weights, "counter.so": counter_library()},
        options={
            "arch": machine,
            "cpu": cpu,
            "pieces": placed,
            "symbols": symbols,
            "steps": [],
        },
        deadline_seconds=60.0,
    )
    return list(answer.outputs)


def flat(image: Elf) -> tuple[list[list[int]], bytes]:
    """Each piece as [address, offset, size, memory], and the bytes they point into."""
    placed, blob = [], b""
    for piece in image.pieces:
        placed.append([piece.address, len(blob), len(piece.data), piece.size])
        blob += piece.data
    return placed, blob


def reference(model: bytes, target: Target) -> list[bytes]:
    """What TFLM answers for the same inputs."""
    interface = interface_of(compiled_apart(model, target.name).graph)
    subject = Subject(model, {}, (), target, interface, Path("unused"))
    return list(run_tflm(subject, golden_inputs(interface, vectors=3, seed=1)).outputs)
