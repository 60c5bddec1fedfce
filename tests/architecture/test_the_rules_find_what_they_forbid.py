"""A rule that finds nothing in a house that breaks it keeps nothing."""

import ast
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest

from tests.architecture.house import APPS
from tests.architecture.rules import floors, suites, whole, words
from tests.architecture.shape import ROOT, Source


def source(name: str, text: str) -> Source:
    return Source(ROOT / name, text, ast.parse(text))


SIGNAL = source("registry/signals.py", "from django.dispatch import Signal\nunheard = Signal()\n")
SETTING = source("fleet/settings/domain.py", 'EDGEFLEET_X = env.text("EDGEFLEET_X", "")\n')
READS = source("ota/selectors.py", "def rows():\n    return Model.objects.filter(a=1).delete()\n")
WIRE = source("device_agent/net/x.py", 'PATH = "/device/v1/enrol"\n')
ENUM = source("ota/choices.py", 'class S(StrEnum):\n    PENDING = "pending"\n')
TYPED_AGAIN = source("builds/services.py", 'PENDING = "pending"\n')
SENT_ASTRAY = source("ota/x.py", f'"""The rest is in `ota/{"gone"}.py`."""\n')
VAGUE = source("ota/x.py", "def _tell():\n    pass\n")
FOREIGN = source("ota/x.py", '"""What is no label at all."""\n')
RATE = source("ota/x.py", '"""Return one row a device."""\n')
TRUNCATED = source("ota/x.py", 'raise Refused("policy must be an object")\n')
ANY = source("ota/trust/x.py", "def asked(row: Any) -> None: ...\n")
TWICE = [source(f"{place}/x.py", "class Slot: ...\n") for place in ("ota", "builds")]
RULE_TWICE = [source(f"{p}/x.py", "def quantise(): ...\n") for p in ("builds", "device_agent")]
SILENT = source("tests/ota/test_x.py", "def test_it_runs():\n    run()\n")
LOST = source("tests/nowhere/test_x.py", "def test_it():\n    assert True\n")

BROKEN: list[tuple[ModuleType, Callable[[], Iterator[str]], list[Source]]] = [
    (whole, whole.every_signal_has_a_receiver, [SIGNAL]),
    (whole, whole.every_setting_has_a_reader, [SETTING]),
    (whole, whole.every_file_that_is_named_is_there, [SENT_ASTRAY]),
    (floors, floors.selectors_only_read, [READS]),
    (words, words.the_wire_s_words_are_in_the_protocol, [WIRE]),
    (words, words.an_enum_s_value_is_not_typed_again, [ENUM, TYPED_AGAIN]),
    (words, words.private_names_say_the_act, [VAGUE]),
    (words, words.sentences_are_english, [FOREIGN]),
    (words, words.sentences_are_english, [RATE]),
    (words, words.errors_are_sentences, [TRUNCATED]),
    (words, words.no_any_between_our_own_modules, [ANY]),
    (words, words.a_class_name_is_used_once, TWICE),
    (words, words.one_rule_is_one_function, RULE_TWICE),
    (suites, suites.a_test_asserts, [SILENT]),
    (suites, suites.tests_stand_where_their_room_stands, [LOST]),
]


@pytest.mark.parametrize(("home", "rule", "house"), BROKEN)
def test_a_rule_finds(
    home: ModuleType,
    rule: Callable[[], Iterator[str]],
    house: list[Source],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(home, "sources", lambda **_: tuple(house))
    monkeypatch.setattr(words, "pages", lambda: iter(()))
    assert len(list(rule())) == 1


@pytest.mark.parametrize(
    "page",
    [
        "The key of cam-1 is no key.",
        "Everything is open to all who may change access.",
        "The signer does it once a day.",
        "The answer is no JSON.",
        "Follow a build: where it stands, and why.",
        "Wait until the rollout is over.",
        "Releases of before need their signatures too.",
        "The web process needs not to know it.",
        "Why there is a second device, or not any more.",
        "The device enrols anew.",
        "Stop for good.",
        "The rollout was changed meanwhile.",
    ],
)
def test_a_page_of_the_manual_is_read_too(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "sources", lambda **_: ())
    monkeypatch.setattr(words, "pages", lambda: iter([("fleet/console/docs/x.md", page)]))
    assert len(list(words.sentences_are_english())) == 1


@pytest.mark.parametrize(
    ("rule", "folders"),
    [
        (floors.no_family_shares_a_first_word, {"builds": ("jail_a", "jail_b", "jail_c")}),
        (floors.floors_are_small, {"ota": tuple("abcdefghijklm")}),
        (
            floors.floors_are_small,
            {f"ota/{letter}": ("x",) for letter in "abcdefghij"} | {"ota": ()},
        ),
        (
            floors.apps_have_the_same_frame,
            dict.fromkeys(APPS, ("admin",)) | {"ota": tuple("abcde")},
        ),
    ],
)
def test_a_floor_is_found(
    rule: Callable[[], Iterator[str]],
    folders: dict[str, tuple[str, ...]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for home in ("tests.architecture.house", "tests.architecture.rules.floors"):
        monkeypatch.setattr(f"{home}.folders", lambda **_: folders)
    assert len(list(rule())) == 1


@pytest.mark.parametrize(
    ("rule", "file", "text"),
    [
        (floors.every_floor_has_its_contract, "pyproject.toml", ""),
        (whole.salts_stay, "fleet/access/rules/token_secret.py", "_SALT = 'another'"),
        (whole.public_addresses_stay, "tests/architecture/public.txt", "builds.gone"),
    ],
)
def test_a_file_that_lost_something_is_found(
    rule: Callable[[], Iterator[str]], file: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for home in (floors, whole):
        read = home.read
        monkeypatch.setattr(home, "read", lambda path, r=read: text if path == file else r(path))
    assert list(rule())


def test_that_there_is_no_such_thing_is_english(monkeypatch: pytest.MonkeyPatch) -> None:
    said = source("ota/x.py", '"""There is no label."""\n')
    monkeypatch.setattr(words, "sources", lambda **_: (said,))
    assert list(words.sentences_are_english()) == []
