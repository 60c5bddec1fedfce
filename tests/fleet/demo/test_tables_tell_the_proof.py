"""The printed table says which engines agreed, and says so when they did not."""

from fleet.demo.tables import build_table, engines


def test_engines_that_agreed_are_named() -> None:
    named = {"tflm": "tflite-micro 1", "host": "clang", "emulator": None}
    assert engines({"equal": True, "engines": named}) == "tflite-micro 1 = clang"
    assert engines({"equal": False, "engines": named}) == "NOT EQUAL"


def test_a_row_a_target() -> None:
    report = {
        "flash_bytes": {"total": 11_624},
        "ram_bytes": {"total": 1_600},
        "instructions": None,
        "proof": {"equal": True, "engines": {"tflm": "a", "host": "b"}},
    }
    table = build_table("digits 1.0", [{"target": "cortex-m4f", "report": report}])
    cells = [next(iter(column.cells)) for column in table.columns]
    assert cells == ["cortex-m4f", "11,624", "1,600", "-", "a = b"]
