"""Inside the jailed child: recurrent layers laid out step by step, and freed of what acts in
training only.

TensorFlow's converter crashes (signal 11) while it calibrates the loop of an LSTM, GRU or
SimpleRNN. Laid out, the steps are plain layers, which every engine runs. Each step becomes code of
its own, so the number of steps is bounded.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from builds.recipes.quantize.protocol import Unfit

STEPS: Final = 256  # of all recurrent layers together: about fifteen operators each


@contextmanager
def laid_out(model: Any) -> Iterator[None]:
    """Unroll every recurrent layer, nested ones included, while the model is traced.

    Raises Unfit for a layer that keeps a state between calls, and for too many steps.
    """
    import keras  # noqa: PLC0415 - starts TensorFlow

    layers = list(model._flatten_layers(include_self=False))  # noqa: SLF001 - the only walk that enters nested models
    loops = [layer for layer in layers if isinstance(layer, keras.layers.RNN)]
    for layer in layers:
        if layer not in loops:  # a loop's own is a view of its cell's
            _without_dropout(layer)
    steps: dict[str, int] = {}
    for loop in loops:
        if loop.stateful:
            raise Unfit(
                f"Layer {loop.name} is stateful: it keeps a state between calls. Give it "
                "stateful=False and whole sequences, or export a model whose state is an input "
                "and an output."
            )
        loop.unroll = True
        _count(loop, steps)
    try:
        yield
    except _TooLong as error:
        # Keras makes the exceptions of layers longer than a sentence.
        raise Unfit(
            f"The recurrent layers ({', '.join(steps)}) run {sum(steps.values())} steps, and each "
            f"becomes code of its own; at most {STEPS} are laid out. Shorten the sequences, or put "
            "a layer with strides before the recurrent ones."
        ) from error
    finally:
        for loop in loops:
            del loop.inner_loop  # the class's own comes back


class _TooLong(Exception):
    """More steps than are laid out."""


def _without_dropout(layer: Any) -> None:
    """Dropout inside a cell draws its mask in inference too, from a counter that it moves."""
    for name in ("dropout", "recurrent_dropout"):
        if isinstance(getattr(layer, name, None), float):
            setattr(layer, name, 0.0)


def _count(loop: Any, steps: dict[str, int]) -> None:
    inner = loop.inner_loop

    def counted(sequences: Any, *args: Any, **kwargs: Any) -> Any:
        steps[loop.name] = steps.get(loop.name, 0) + int(sequences.shape[1])
        if sum(steps.values()) > STEPS:
            raise _TooLong
        return inner(sequences, *args, **kwargs)

    loop.inner_loop = counted
