"""`python -m fleet.telemetry.replay`: what it prints, and what it refuses with a sentence."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fleet.telemetry.replay.__main__ import main
from tests.fleet.telemetry.judgement.folders import write
from tests.fleet.telemetry.judgement.world import MILD, Harm, Simulation

DEVICES, HOURS = 40, 230


@pytest.fixture(scope="module")
def recorded() -> list[np.ndarray]:
    """A lot of ten at 1 sd from hour 190 on, and canaries that are less sure from hour 200 on."""
    lot, canaries = tuple(range(10)), tuple(range(30, 34))
    harms = (Harm(lot, "shift", 1.0, 190), Harm(canaries, "confidence", 0.1, 200))
    return list(Simulation(MILD, DEVICES, 6, harms).hours(HOURS))


def labels() -> dict[str, dict[str, str]]:
    return {f"cam-{i:02}": {"lot": f"L{i // 10}"} for i in range(DEVICES)}


def test_it_names_the_lot_and_fails_the_rollout(
    recorded: list[np.ndarray], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    updated = np.full(DEVICES, -1)
    updated[30:34] = 200
    folder = write(tmp_path, recorded, labels=labels(), updated=updated)
    assert main([str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    named = [each for each in found["incidents"] if each["level"] == "label"]
    assert [each["cause"] for each in named] == ["lot=L0"]
    assert named[0]["devices"] == [f"cam-{i:02}" for i in range(10)]
    assert 190 <= named[0]["opened"] <= 200
    states = [state for _, state, _ in found["verdicts"]]
    assert states[0] == "inconclusive"
    assert states[-1] == "fail"
    assert found["verdicts"][0][0] == 200
    assert main([str(folder)]) == 0
    assert "label lot=L0: window" in capsys.readouterr().out


def test_short_windows_are_judged_by_the_hour(
    recorded: list[np.ndarray], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write(tmp_path, recorded[:60], seconds=900)
    assert main([str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["windows_per_step"] == 4
    assert found["notes"] == ["nothing can be judged before 24 hours are recorded"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"counts": np.zeros((3, 40, 7), np.uint32)}, "'counts' holds 7 a device, schema.json"),
        ({"counts": np.zeros((3, 40, 234), np.float64)}, "unsigned whole numbers"),
        ({"counts": np.zeros((3, 40), np.uint32)}, "unsigned whole numbers"),
        ({"present": np.ones((2, 40), bool)}, "'present' has the shape"),
        ({"updated": np.full(40, 99)}, "'updated' holds a window's index"),
        ({"seconds": 0}, "'seconds' must be from 1"),
        ({"start": np.nan}, "'start' must be from 0"),
        ({"start": "noon"}, "'start' must be one number"),
        ({"present": np.array([[None]])}, "'present' must hold numbers"),
        ({"present": np.full((3, 40), np.nan)}, "'present' must be true or false"),
        ({"present": np.full((3, 40), 7)}, "'present' must be true or false"),
        ({"counts": np.full((3, 40, 234), 1 << 40, np.uint64)}, "is larger than 4294967295"),
        ({"counts": np.zeros((0, 40, 234), np.uint32)}, "'counts' holds 0 windows of 40 devices"),
    ],
)
def test_windows_that_do_not_fit_are_refused(
    recorded: list[np.ndarray],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, Any],
    says: str,
) -> None:
    assert main([str(write(tmp_path, recorded[:3], **changes))]) == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("schema", {"format": 1}, "schema.json: "),
        ("schema", [], "must hold a JSON object"),
        ("reference", {"counts": [1, 2]}, "has 2 numbers, 234 are needed"),
        ("reference", {"counts": "many"}, "must be numbers"),
        ("reference", {"counts": [1e308]}, "must be numbers from 0 to"),
        ("reference", {"counts": [[1]]}, "must be one list of numbers"),
        ("reference", {"counts": [-1]}, "must be numbers from 0 to"),
        ("labels", {"cam": {"lot": ["a"]}}, "must be a text"),
        ("labels", {"cam": {"lot": "a"}}, "names 1 of 40 devices"),
        ("labels", {"99": {"lot": "a"}}, "numbers devices from 0 to 39"),
        ("settings", {"alpha": 1}, "unknown 'alpha'"),
        ("settings", {"budget": -1}, "'budget' must be a positive number"),
        ("settings", {"gates": {"confidence": "x"}}, "a margin must be a positive number"),
        ("settings", {"gates": {"vibes": 1}}, "'gates' gives margins of"),
    ],
)
def test_documents_that_do_not_fit_are_refused(
    recorded: list[np.ndarray],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    value: Any,
    says: str,
) -> None:
    folder = write(tmp_path, recorded[:3])
    if name == "reference" and "counts" in value and len(value["counts"]) == 1:
        value = {"counts": value["counts"] * 234}
    (folder / f"{name}.json").write_text(json.dumps(value))
    assert main([str(folder)]) == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize("calibration", [{"total": [1]}, {"total": [1] * 3, "correct": [1] * 3}])
def test_a_calibration_that_does_not_fit_is_refused(
    recorded: list[np.ndarray],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    calibration: dict[str, Any],
) -> None:
    folder = write(tmp_path, recorded[:3])
    document = json.loads((folder / "reference.json").read_text())
    (folder / "reference.json").write_text(json.dumps(document | {"calibration": calibration}))
    assert main([str(folder)]) == 2
    assert "calibration" in capsys.readouterr().err


def test_a_file_cut_short_is_refused(
    recorded: list[np.ndarray], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write(tmp_path, recorded[:3])
    whole = (folder / "windows.npz").read_bytes()
    (folder / "windows.npz").write_bytes(whole[: len(whole) // 2])
    assert main([str(folder)]) == 2
    assert "windows.npz is not a whole archive" in capsys.readouterr().err


def test_damage_in_the_middle_is_refused(
    recorded: list[np.ndarray], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write(tmp_path, recorded[:3])
    whole = bytearray((folder / "windows.npz").read_bytes())
    whole[4000] ^= 0xFF
    (folder / "windows.npz").write_bytes(bytes(whole))
    assert main([str(folder)]) == 2
    assert "is not a whole archive" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["counts", "present", "seconds", "start"])
def test_an_array_that_is_missing_is_named(
    recorded: list[np.ndarray], tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    folder = write(tmp_path, recorded[:3])
    with np.load(folder / "windows.npz") as members:
        kept = {key: members[key] for key in members if key != name}
    np.savez(folder / "windows.npz", **kept)
    assert main([str(folder)]) == 2
    assert capsys.readouterr().err == f"windows.npz has no array {name!r}.\n"


@pytest.mark.parametrize("name", ["windows.npz", "schema.json", "reference.json"])
def test_a_file_that_is_missing_is_named(
    recorded: list[np.ndarray], tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    folder = write(tmp_path, recorded[:3])
    (folder / name).unlink()
    assert main([str(folder)]) == 2
    assert capsys.readouterr().err == f"The file {folder / name} is missing.\n"


def test_windows_without_an_inference_are_told(
    recorded: list[np.ndarray], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write(tmp_path, [0 * rows for rows in recorded[:30]])
    assert main([str(folder)]) == 0
    assert "no window that is present holds an inference" in capsys.readouterr().out


def test_no_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none")]) == 2
    assert "There is no folder" in capsys.readouterr().err


def test_memory_beside_the_counts_is_judged(
    recorded: list[np.ndarray], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    windows, devices = 60, len(recorded[0])
    updated = np.where(np.arange(devices) < 5, 40, -1)
    memory = np.full((windows, devices), 40_000, np.uint32)
    memory[40:, :5] = 120_000
    folder = write(tmp_path, recorded[:windows], updated=updated, memory=memory)
    assert main([str(folder), "--json"]) == 0
    _, verdict, reasons = json.loads(capsys.readouterr().out)["verdicts"][-1]
    assert (verdict, reasons[0].split(" (")[0]) == ("fail", "memory changed by +1.585")


def test_memory_that_is_no_whole_number_is_refused(
    recorded: list[np.ndarray], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write(tmp_path, recorded[:3], memory=np.full((3, len(recorded[0])), 0.5))
    assert main([str(folder)]) == 2
    assert "'memory' must be KiB, whole numbers" in capsys.readouterr().err
