"""The page and the picture of the house show every package, every room and every import."""

from xml.etree import ElementTree

import pytest

from fleet.manual.architecture import page, picture
from fleet.manual.architecture.rooms import arrows, floors, room, top


def test_imports_among_packages_only_point_downwards() -> None:
    rooms = top()
    order = [one.address for one in rooms]
    pairs = arrows(rooms)
    assert ("fleet.console", "ota") in pairs
    assert ("builds", "registry") in pairs
    assert [(a, b) for a, b in pairs if order.index(a) >= order.index(b)] == []


def test_every_package_with_a_contract_has_its_floor() -> None:
    assert {"builds", "builds.compiler", "ota", "ota.trust", "registry", "device_agent"} <= {
        floor.room.address for floor in floors()
    }


def test_every_room_has_a_sentence_on_the_page() -> None:
    text = page.page()
    for floor in floors():
        assert f"## {floor.room.address}\n" in text
        for one in (one for line in floor.lines for one in line):
            assert one.sentence, one.address
            assert f"| `{one.name}{'/' if one.folder else '.py'}` | " in text


def test_the_picture_shows_every_room_of_the_packages() -> None:
    drawn = ElementTree.fromstring(picture.picture())
    words = [element.text for element in drawn.iter("{http://www.w3.org/2000/svg}text")]
    packages = {one.address for one in top()}
    for floor in floors():
        if floor.room.address in packages:
            assert {one.name for line in floor.lines for one in line} <= set(words)


def test_a_room_that_does_not_stand_is_said() -> None:
    with pytest.raises(FileNotFoundError, match="cellar"):
        room("fleet.cellar")
