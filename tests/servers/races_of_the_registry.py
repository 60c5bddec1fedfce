"""Pushes, aliases and builds at the same instant. Only run on PostgreSQL, like those of devices."""

import io
from collections.abc import Callable
from typing import Any

import pytest

from builds.models import Build
from fleet.access import audit
from fleet.lib.errors import Conflict, Stale
from registry import blobs, services
from registry.models import AliasMove, Blob, ModelVersion
from registry.services.versions import Claims
from tests import personas
from tests.builds import makers as builds
from tests.registry import factories
from tests.servers.together import of, together

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 6


def push(label: str, seed: int) -> Callable[[], Any]:
    content = factories.keras_bytes(seed=seed)
    model = builds.model()

    def run() -> ModelVersion:
        claims = Claims(label=label)
        return services.version_add(
            model=model, content=io.BytesIO(content), claims=claims, by=personas.SYSTEM
        )

    return run


def test_the_same_bytes_stored_at_once_are_one_blob() -> None:
    data = b"model" * 1000
    answers = together([lambda: blobs.put_bytes(data)] * AT_ONCE)
    assert of(Blob, answers) == AT_ONCE
    assert Blob.objects.count() == 1
    assert blobs.read(answers[0].sha256) == data


def test_one_file_pushed_at_once_is_one_version() -> None:
    answers = together([push("1.0", 0)] * AT_ONCE)
    assert (of(ModelVersion, answers), of(Conflict, answers)) == (1, AT_ONCE - 1)


def test_files_pushed_at_once_under_one_label_are_one_version() -> None:
    answers = together([push("1.0", seed) for seed in range(AT_ONCE)])
    assert (of(ModelVersion, answers), of(Conflict, answers)) == (1, AT_ONCE - 1)
    assert audit.verify().whole


def test_versions_pushed_at_once_have_numbers_without_a_gap() -> None:
    answers = together([push(f"{seed}.0", seed) for seed in range(AT_ONCE)])
    assert sorted(each.number for each in answers) == list(range(1, AT_ONCE + 1))


def test_an_alias_moved_at_once_moves_once() -> None:
    first = factories.version_make(label="1.0", admitted=True)
    others = [
        factories.version_make(label=f"2.{n}", seed=n, admitted=True) for n in range(1, AT_ONCE)
    ]

    def move(to: ModelVersion, expected: int | None) -> Callable[[], Any]:
        return lambda: services.alias_move(
            model=first.model, name="live", to=to, expected=expected, by=personas.SYSTEM
        )

    made = together([move(first, None)] * AT_ONCE)
    assert of(Stale, made) == AT_ONCE - 1
    moved = together([move(other, first.number) for other in others])
    assert of(Stale, moved) == len(others) - 1
    assert AliasMove.objects.count() == 2


def test_one_build_asked_for_at_once_is_one_build() -> None:
    version = builds.version()
    answers = together([lambda: builds.request(version)] * AT_ONCE)
    assert (of(Build, answers), of(Conflict, answers)) == (1, AT_ONCE - 1)
    assert Build.objects.count() == 1
