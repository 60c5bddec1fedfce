"""Functions of one value, compared with TFLM over every value that there is.

Golden vectors meet a few of a function's 256 or 65,536 inputs; a scale that is one rounding off
shows in one of thousands. Here each such operator of a model is cut out and given all of them.
"""

from builds.verify.every_value.check import ValueCheck, check_values, functions_json, with_values

__all__ = ["ValueCheck", "check_values", "functions_json", "with_values"]
