"""Cards are edited, aliases taken away, versions put away and deleted where they are looked at."""

import re
from typing import Any

import pytest

from registry.models import Alias, ModelVersion, Tombstone
from registry.services import alias_move, model_describe
from tests import personas
from tests.fleet.console.typed import value_of
from tests.personas import SYSTEM
from tests.registry import factories

pytestmark = pytest.mark.django_db
PAGE = "/console/models/digits/1"


@pytest.fixture
def version() -> ModelVersion:
    return factories.version_make(admitted=True, label="1.0")


def press(address: str, **fields: str) -> str:
    answer = personas.client("engineer").post(address, {"back": PAGE, **fields}, follow=True)
    assert answer.status_code == 200
    return str(answer.content.decode())


def seen(page: str) -> str:
    text = personas.client("engineer").get(page).content.decode()
    return str(re.findall(r'name="seen" value="(\w+)"', text)[0])


def test_a_card_is_markdown_and_nobody_overwrites_it_unseen(version: ModelVersion) -> None:
    page, mark = "/console/models/digits", seen("/console/models/digits")
    card = "For *dark* rooms.\r\n<script>x</script> ![out](http://example.com/x.png)"
    shown = press(f"{page}/card", back=page, seen=mark, title="Digits", description=card)
    assert "<em>dark</em>" in shown
    assert "<script>x" not in shown
    assert 'src="http' not in shown
    model_describe(model=version.model, title="Mine", description="", by=SYSTEM)
    late = press(f"{page}/card", back=page, seen=mark, title="Yours", description="two lines")
    assert "Somebody else changed this card first" in late
    assert 'value="Yours"' in late
    version.model.refresh_from_db()
    assert version.model.title == "Mine"


def test_a_version_has_a_card_too(version: ModelVersion) -> None:
    assert "<strong>field</strong>" in press(
        f"{PAGE}/card", seen=seen(PAGE), description="From the **field**."
    )


def test_an_alias_is_taken_away_from_where_it_was_seen(version: ModelVersion) -> None:
    alias_move(model=version.model, name="production", to=version, expected=None, by=SYSTEM)
    wrong = press(f"{PAGE}/alias/remove", alias="production", expected="7")
    assert "points at version 1 now" in wrong
    press(f"{PAGE}/alias/remove", alias="production", expected="1")
    assert not Alias.objects.exists()


def test_a_name_that_no_alias_may_have_is_told_at_its_field(version: ModelVersion) -> None:
    page = press(f"{PAGE}/alias", alias="Not This")
    assert 'id="wrong-alias" role="alert">An alias has' in page
    assert value_of(page, "alias") == "Not This"


def test_a_reason_that_is_refused_is_asked_for_again_where_it_was_typed(
    version: ModelVersion,
) -> None:
    form = {"yes": "yes", "typed": "digits 1.0", "reason": "x" * 400}
    answer = personas.client("engineer").post(f"{PAGE}/standing/delete", {"back": PAGE, **form})
    text = answer.content.decode()
    assert answer.status_code == 400
    assert "A reason has at most" in text
    assert value_of(text, "reason", "/delete") == "x" * 400
    assert value_of(text, "typed", "/delete") == "digits 1.0"
    assert ModelVersion.objects.filter(pk=version.pk, deleted_at=None).exists()


def test_a_version_is_put_away_and_brought_back(version: ModelVersion) -> None:
    assert "Archived" in press(f"{PAGE}/standing/archive", reason="worse")
    listed = personas.client("viewer").get("/console/models/digits").content.decode()
    assert "No version yet" in listed
    press(f"{PAGE}/standing/restore")
    version.refresh_from_db()
    assert version.archived_at is None


def test_deleting_wants_its_name_and_a_reason(version: ModelVersion) -> None:
    asks = press(f"{PAGE}/standing/delete")
    assert "never used again" in asks
    half = press(f"{PAGE}/standing/delete", yes="yes", typed="digits 1.0")
    assert 'id="reason-wrong"' in half
    assert 'value="digits 1.0"' in half
    assert not Tombstone.objects.exists()
    press(f"{PAGE}/standing/delete", yes="yes", typed="digits 1.0", reason="a mistake")
    gone = personas.client("viewer").get(PAGE)
    assert gone.status_code == 410
    assert "was deleted on" in gone.content.decode()
    assert "a mistake" in personas.client("viewer").get("/console/deleted").content.decode()


def test_what_holds_a_version_is_shown_before(version: ModelVersion, client: Any) -> None:
    del client
    alias_move(model=version.model, name="production", to=version, expected=None, by=SYSTEM)
    page = personas.client("engineer").get(f"{PAGE}/standing").content.decode()
    assert page.count("The alias production points at digits 1.0.") == 2
    assert 'action="/console/models/digits/1/standing/delete"' not in page
    refused = press(f"{PAGE}/standing/delete", yes="yes", typed="digits 1.0", reason="a mistake")
    assert "cannot be deleted now" in refused


@pytest.mark.parametrize("page", ["/console/models", "/console/models/digits", "/console/datasets"])
def test_lists_cost_few_queries(
    page: str, version: ModelVersion, django_assert_max_num_queries: Any
) -> None:
    for seed in range(1, 4):
        factories.version_make(version.model, seed=seed)
        factories.dataset_make(name=f"d{seed}", seed=seed)
    client = personas.client("engineer")
    with django_assert_max_num_queries(12):
        client.get(page)
