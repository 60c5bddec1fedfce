"""What the command prints where nobody asks for JSON: lines to read, and nothing that is not so."""

from typing import Any

from builds.compiler.report.summary import summary


def report(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "target": "cortex-m4f",
        "recipe": "balanced",
        "compiler": "clang 22",
        "ops": {"CONV_2D": 2, "SOFTMAX": 1},
        "macs": 1000,
        "flash_bytes": {"code": 1200, "weights": 34567, "total": 35767},
        "ram_bytes": {"arena": 2048, "state": 64, "stack": None, "total": 2112},
        "plan": {"peak_bytes": 2048, "lower_bound_bytes": 2048, "optimal": True},
        "instructions": None,
        "ops_profile": None,
        "proof": None,
    }
    return found | changes


def proof(**changes: Any) -> dict[str, Any]:
    found = {"vectors": 10, "engines": {"tflm": "tflite-micro 1", "host": "clang 22"}}
    return found | {"equal": True, "reasons": {}, "first_difference": None} | changes


def test_sizes_are_read_without_counting_digits() -> None:
    text = summary(report())
    assert "flash         35,767 B: weights 34,567, code 1,200\n" in text
    assert "RAM           2,112 B: arena 2,048, state 64\n" in text
    assert "operators     2 CONV_2D, 1 SOFTMAX\n" in text


def test_what_was_not_measured_is_not_there_and_what_is_unproved_is_called_so() -> None:
    text = summary(report())
    assert "instructions" not in text
    assert "stack" not in text
    assert "NOT PROVED" in text


def test_a_plan_says_how_far_it_is_from_the_best() -> None:
    assert "optimal: no plan takes less than 2,048 B" in summary(report())
    plan = {"peak_bytes": 2100, "lower_bound_bytes": 2048, "optimal": False}
    assert "2,100 B, where no plan takes less than 2,048 B" in summary(report(plan=plan))


def test_a_proof_names_its_engines_and_who_did_not_answer() -> None:
    engines = {"tflm": "tflite-micro 1", "host": "clang 22", "emulator": None}
    why = {"emulator": "rv64 has no emulator"}
    text = summary(report(proof=proof(engines=engines, reasons=why)))
    assert "emulator: None" not in text
    assert "10 vectors byte-equal in\n" in text
    assert "              TFLM: tflite-micro 1\n" in text
    assert "not in emulator: rv64 has no emulator" in text


def test_a_failed_proof_is_not_called_equal() -> None:
    text = summary(report(proof=proof(equal=False, first_difference="vector 3, byte 1: 4 and 5")))
    assert "NOT EQUAL: vector 3, byte 1: 4 and 5" in text
    assert "byte-equal" not in text


def test_each_operator_has_its_share() -> None:
    row = {"name": "op00", "kind": "CONV_2D", "instructions": 750, "instructions_per_mac": 1.5}
    other = {"name": "op01", "kind": "SOFTMAX", "instructions": 250, "instructions_per_mac": None}
    text = summary(report(instructions=1000, ops_profile=[row, other]))
    assert "instructions  1,000, 1.00 per multiply-accumulate\n" in text
    assert [line.split() for line in text.splitlines()[-2:]] == [
        ["op00", "CONV_2D", "750", "75.0%", "1.50"],
        ["op01", "SOFTMAX", "250", "25.0%", "-"],
    ]


def test_weights_apart_say_what_they_fit() -> None:
    apart = {"bytes": 4096, "abi": "ab12", "exceptions": ["op03 keeps its own loop."]}
    text = summary(report(weights_apart=apart))
    assert "weights.bin   4,096 B, ABI ab12\n              op03 keeps its own loop.\n" in text
