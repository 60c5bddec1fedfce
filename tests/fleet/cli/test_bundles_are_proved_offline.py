"""`edgefleet verify-bundle`: every byte of a release, proved without a service."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ota.models import Release
from tests.fleet.cli.terminal import Terminal
from tests.ota import makers

Change = Callable[[dict[str, bytes]], None]


@pytest.fixture
def packed(terminal: Terminal, tmp_path: Path) -> tuple[Path, Path]:
    """Return a bundle and the public keys that it is judged by."""
    makers.release("1.0", targets=("linux-x86_64", "cortex-m4f"))
    bundle, keys = tmp_path / "digits.zip", tmp_path / "keys.json"
    terminal.ok("release", "keys", "--out", keys)
    told = terminal.json("release", "bundle", Release.objects.get().public_id, "--out", bundle)
    assert told["targets"] == ["cortex-m4f", "linux-x86_64"]
    return bundle, keys


def verified(tmp_path: Path, bundle: Path, keys: Path) -> tuple[int, Any, Terminal]:
    """Judge a bundle on a machine that knows no service."""
    (tmp_path / "elsewhere").mkdir(exist_ok=True)
    alone = Terminal(tmp_path / "elsewhere")
    code = alone.run("verify-bundle", bundle, "--keys", keys, "--json")
    assert not alone.way.requests
    return code, json.loads(alone.out) if alone.out else None, alone


def changed(bundle: Path, change: Change) -> Path:
    """Return the bundle with other members."""
    with zipfile.ZipFile(bundle) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    other = bundle.with_name("other.zip")
    with zipfile.ZipFile(other, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return other


def listed(members: dict[str, bytes], change: Callable[[Any], None]) -> None:
    """Change the list of a bundle."""
    found = json.loads(members["bundle.json"])
    change(found)
    members["bundle.json"] = json.dumps(found).encode()


def test_a_whole_release_is_proved_with_public_keys_alone(
    packed: tuple[Path, Path], tmp_path: Path
) -> None:
    code, found, _ = verified(tmp_path, *packed)
    assert code == 0
    assert found["verified"]
    assert (found["targets"], found["provenances"], found["faults"]) == (2, 2, [])
    assert found["files"] > 4


def test_the_same_release_gives_the_same_bundle(
    packed: tuple[Path, Path], terminal: Terminal, tmp_path: Path
) -> None:
    again = tmp_path / "again.zip"
    terminal.ok("release", "bundle", Release.objects.get().public_id, "--out", again)
    assert again.read_bytes() == packed[0].read_bytes()


def library(members: dict[str, bytes]) -> str:
    return next(name for name in members if name.endswith("report.json"))


def spoilt(members: dict[str, bytes]) -> None:
    members[library(members)] += b" "


def dropped(members: dict[str, bytes]) -> None:
    del members[library(members)]


def added(members: dict[str, bytes]) -> None:
    members["linux-x86_64/more.bin"] = b"more"


def renamed(members: dict[str, bytes]) -> None:
    listed(members, lambda found: found["release"].update(label="2.0"))


def of_another_target(members: dict[str, bytes]) -> None:
    """Every file of one target, said to be another's."""

    def swap(found: Any) -> None:
        for file in found["files"]:
            file["target"] = "linux-x86_64"

    listed(members, swap)


def without_its_provenance(members: dict[str, bytes]) -> None:
    def drop(found: Any) -> None:
        gone = [file["path"] for file in found["files"] if file["kind"] == "provenance"]
        found["files"] = [file for file in found["files"] if file["path"] not in gone]
        for path in gone:
            del members[path]

    listed(members, drop)


def with_a_signature_of_another_file(members: dict[str, bytes]) -> None:
    def swap(found: Any) -> None:
        first, second = found["files"][:2]
        first["signature"] = second["signature"]

    listed(members, swap)


def without_what_is_released(members: dict[str, bytes]) -> None:
    def drop(found: Any) -> None:
        digest = found["release"]["artifacts"][0]["sha256"]
        gone = [file for file in found["files"] if file["sha256"] == digest]
        found["files"] = [file for file in found["files"] if file not in gone]
        for file in gone:
            del members[file["path"]]

    listed(members, drop)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (spoilt, "has other bytes than its list says"),
        (dropped, "is not both in the bundle and on its list"),
        (added, "linux-x86_64/more.bin is not both in the bundle and on its list"),
        (renamed, "is signed as something else than it is here"),
        (of_another_target, "is signed as something else than it is here"),
        (without_its_provenance, "Nobody that you trust says how"),
        (with_a_signature_of_another_file, "is signed as something else than it is here"),
        (without_what_is_released, "is released and not in here"),
    ],
)
def test_whatever_was_changed_is_told(
    packed: tuple[Path, Path], tmp_path: Path, change: Change, sentence: str
) -> None:
    code, found, alone = verified(tmp_path, changed(packed[0], change), packed[1])
    assert code == 1
    assert not found["verified"]
    assert any(sentence in fault for fault in found["faults"]), found["faults"]
    assert "is not what its keys' owners signed" in alone.err


def test_keys_of_others_prove_nothing(packed: tuple[Path, Path], tmp_path: Path) -> None:
    rows = json.loads(packed[1].read_text())
    other = tmp_path / "others.json"
    other.write_text(json.dumps([{**row, "public": "ab" * 32} for row in rows]))
    code, found, _ = verified(tmp_path, packed[0], other)
    assert code == 1
    assert "is not signed by an artifact key that you trust" in found["faults"][0]
    empty = tmp_path / "empty.json"
    empty.write_text("[]")
    assert verified(tmp_path, packed[0], empty)[0] == 1


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[{"role": "artifacts"}]'])
def test_what_is_no_list_of_keys_is_refused(
    packed: tuple[Path, Path], tmp_path: Path, text: str
) -> None:
    keys = tmp_path / "keys.txt"
    keys.write_text(text)
    code, _, alone = verified(tmp_path, packed[0], keys)
    assert code in {1, 2}
    assert len(alone.err.strip().splitlines()) >= 1


def test_what_is_no_bundle_is_refused(packed: tuple[Path, Path], tmp_path: Path) -> None:
    code, _, alone = verified(tmp_path, packed[1], packed[1])
    assert code == 2
    assert "is not a bundle of a release" in alone.err
