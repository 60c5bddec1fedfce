"""Inside the jailed child: load a Keras model, read its schema, convert it to full-integer int8.

Guarantees: batch 1 and fixed shapes in the result, int8 inputs and outputs, no float fallback: an
op that has no int8 form refuses the model. TensorFlow is imported inside functions only, so
importing this module costs nothing.
"""

import zipfile
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from builds.recipes.quantize.data import Floats
from builds.recipes.quantize.protocol import Unfit
from builds.recipes.quantize.recurrent import laid_out

CALIBRATION_SAMPLES: Final = 500  # ranges settle long before; each costs one float inference


def load(path: str) -> Any:
    """Load with Keras' safe mode. This may run the author's code all the same: hence the jail."""
    if not zipfile.is_zipfile(path):
        raise Unfit("The model is not a whole .keras archive; it may have been cut off.")
    import keras  # noqa: PLC0415 - starts TensorFlow

    keras.utils.set_random_seed(0)
    try:
        return keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        reason = str(error).strip().split("\n")[0]
        raise Unfit(f"Keras cannot load this model: {reason}") from error


def io_schema(model: Any) -> dict[str, list[dict[str, Any]]]:
    """Inputs and outputs with batch 1."""
    if not getattr(model, "inputs", None):
        raise Unfit("The model does not say its input shape; build it before it is saved.")
    return {
        "inputs": [_tensor(tensor) for tensor in model.inputs],
        "outputs": [_tensor(tensor) for tensor in model.outputs],
    }


def _tensor(tensor: Any) -> dict[str, Any]:
    sizes = [1, *tensor.shape[1:]]
    if None in sizes:
        raise Unfit(f"Tensor {tensor.name} has a size that is not fixed ({tensor.shape}).")
    return {"name": tensor.name, "shape": [int(n) for n in sizes], "dtype": str(tensor.dtype)}


def layers(model: Any) -> dict[str, int]:
    """How often each kind of layer occurs, nested models included."""
    found = [type(layer).__name__ for layer in model._flatten_layers(include_self=False)]  # noqa: SLF001 - the only walk that enters nested models
    return dict(sorted(Counter(found).items()))


def check_fits(schema: dict[str, Any], x: Floats, what: str) -> None:
    """Refuse a dataset whose samples are not what the model takes."""
    if len(schema["inputs"]) != 1:
        raise Unfit(f"Only models with one input are quantised; this has {len(schema['inputs'])}.")
    wanted = tuple(schema["inputs"][0]["shape"][1:])
    if x.shape[1:] != wanted:
        raise Unfit(f"The {what} dataset holds samples of {x.shape[1:]}; the model takes {wanted}.")


def to_int8(model: Any, calibration: Floats) -> bytes:
    """Convert; the calibration samples set the range of every activation."""
    import tensorflow as tf

    def one_at_a_time() -> Iterator[list[Floats]]:
        for index in range(len(calibration)):
            yield [calibration[index : index + 1]]

    try:
        converter = tf.lite.TFLiteConverter.from_concrete_functions([_frozen(model)])
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = one_at_a_time
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = tf.int8
        converter.inference_output_type = tf.int8
        return bytes(converter.convert())
    except Unfit:
        raise
    except Exception as error:
        reason = str(error).strip().split("\n")[0]
        raise Unfit(f"TensorFlow cannot convert this model to int8: {reason}") from error


def _frozen(model: Any) -> Any:
    """The model as a graph of constants, for one sample at a time."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    shape = [1, *model.inputs[0].shape[1:]]
    signature = tf.TensorSpec(shape, tf.float32, name=model.inputs[0].name)
    with laid_out(model):
        call = tf.function(lambda x: model(x, training=False)).get_concrete_function(signature)
    if written := [op.name for op in call.graph.get_operations() if "AssignVariable" in op.type]:
        raise Unfit(
            f"The model changes a variable while it runs ({written[0]}): a layer keeps a state "
            "between calls. Leave out such layers, or make the state an input and an output."
        )
    # Frozen: weights that stay variables would have to be read from a resource at run time.
    return convert_variables_to_constants_v2(call)


def input_spec(tflite: bytes) -> dict[str, Any]:
    """What samples are quantised for: dtype, shape, scale and zero point of the only input."""
    import tensorflow as tf

    (found,) = tf.lite.Interpreter(model_content=tflite).get_input_details()
    scale, zero_point = found["quantization"]
    return {
        "dtype": found["dtype"].__name__,
        "shape": [int(n) for n in found["shape"]],
        "scale": float(scale),
        "zero_point": int(zero_point),
    }
