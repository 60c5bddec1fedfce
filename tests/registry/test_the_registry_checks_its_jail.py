"""`manage.py check --deploy` says how foreign model files are held here."""

from typing import Any

import pytest

from fleet.lib.jail import Mode
from registry import checks


@pytest.mark.parametrize(
    ("mode", "ids"),
    [
        (Mode.NAMESPACES, []),
        (Mode.SECCOMP, ["registry.W001"]),
        (Mode.NONE, ["registry.E001"]),
    ],
)
def test_each_mode_has_its_message(
    mode: Mode, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def found() -> Any:
        return mode

    monkeypatch.setattr(checks, "jail_mode", found)
    messages = checks.jail_works()
    assert [message.id for message in messages] == ids
    assert all(message.hint for message in messages)
