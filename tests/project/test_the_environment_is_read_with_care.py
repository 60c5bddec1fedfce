"""A wrong variable is named, with what it holds and what would be right."""

from pathlib import Path

import pytest

from fleet import env
from fleet.env import WrongVariable


@pytest.mark.parametrize(
    ("value", "meaning"),
    [("1", True), ("YES", True), ("on", True), ("0", False), ("", False), ("off", False)],
)
def test_flags_take_yes_and_no_words(
    monkeypatch: pytest.MonkeyPatch, value: str, meaning: bool
) -> None:
    monkeypatch.setenv("F", value)
    assert env.flag("F", default=not meaning) is meaning


def test_what_is_not_set_has_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("F", raising=False)
    assert env.flag("F", default=True)
    assert env.integer("F", 7) == 7
    assert env.decimal("F", 0.5, least=0, most=1) == 0.5
    assert env.words("F", ("a",)) == ["a"]
    assert env.secret("F") is None
    assert env.folder("F", Path("/x")) == Path("/x")


@pytest.mark.parametrize("value", ["maybe", "2", "truee"])
def test_another_word_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("DEBUG", value)
    with pytest.raises(WrongVariable, match=f"DEBUG='{value}' must be one of"):
        env.flag("DEBUG", default=False)


@pytest.mark.parametrize("value", ["x", "-1", "101", "1.5"])
def test_a_number_out_of_range_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("N", value)
    with pytest.raises(WrongVariable, match=r"N=.* whole number from 0 to 100"):
        env.integer("N", 3, most=100)


@pytest.mark.parametrize("value", ["nan", "2", "x"])
def test_a_decimal_out_of_range_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("N", value)
    with pytest.raises(WrongVariable, match="number from 0 to 1"):
        env.decimal("N", 0.5, least=0, most=1)


def test_lists_drop_blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSTS", "a, b,,")
    assert env.words("HOSTS", ()) == ["a", "b"]


def test_a_secret_may_lie_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "s").write_text("hidden\n")
    monkeypatch.setenv("KEY_FILE", str(tmp_path / "s"))
    assert env.secret("KEY") == "hidden"
    monkeypatch.setenv("KEY_FILE", str(tmp_path / "missing"))
    with pytest.raises(WrongVariable, match=r"KEY_FILE=.*cannot be read"):
        env.secret("KEY")


def test_named_numbers_are_a_json_object(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIMITS", '{"psi": 0.2, "n": 3}')
    assert env.numbers("LIMITS") == {"psi": 0.2, "n": 3.0}
    for wrong in ("[1]", '{"a": "x"}', "{", '{"a": null}'):
        monkeypatch.setenv("LIMITS", wrong)
        with pytest.raises(WrongVariable, match=r"LIMITS=.* JSON object of numbers"):
            env.numbers("LIMITS")


def test_an_address_is_of_the_web_or_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.address("A") == ""
    monkeypatch.setenv("A", "https://collector:4318/v1/metrics")
    assert env.address("A") == "https://collector:4318/v1/metrics"
    for wrong in ("collector:4318", "file:///etc/passwd", "http://"):
        monkeypatch.setenv("A", wrong)
        with pytest.raises(env.WrongVariable, match="A="):
            env.address("A")


def test_pairs_are_read_and_never_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.pairs("P") == {}
    monkeypatch.setenv("P", "authorization=Bearer a=b, x = y")
    assert env.pairs("P") == {"authorization": "Bearer a=b", "x": "y"}
    monkeypatch.setenv("P", "topsecret")
    with pytest.raises(env.WrongVariable) as error:
        env.pairs("P")
    assert "topsecret" not in str(error.value)
