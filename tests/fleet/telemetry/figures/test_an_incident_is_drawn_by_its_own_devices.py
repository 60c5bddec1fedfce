"""An incident's picture: its own devices, from before the onset, against the reference."""

from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext

from fleet.telemetry.figures import incident as figures
from fleet.telemetry.figures.incident import incident_chart
from fleet.telemetry.models import Incident
from tests import personas
from tests.fleet.console import factories
from tests.fleet.telemetry.world import unit

QUERIES_MAX = 13  # of a whole page, however many devices there are


@pytest.fixture
def incident(db: None, settings: Any) -> Incident:
    del db
    settings.EDGEFLEET_ROLLUP_SECONDS = factories.STEP
    settings.EDGEFLEET_DRIFT_START_SECONDS = 0
    return factories.drifted()


def test_it_is_of_its_own_devices_and_reaches_back(incident: Incident) -> None:
    chart = incident_chart(incident)
    assert chart is not None
    assert chart["devices"] == chart["devices_whole"] == 3
    mean = next(each for each in chart["features"] if each["name"] == "mean")
    assert mean["drifted"]
    before = [p["psi"]["mean"] for p in chart["series"] if p["at"] < chart["onset"]]
    after = [p["psi"]["mean"] for p in chart["series"] if p["at"] >= chart["onset"]]
    assert len(before) >= figures.BEFORE - 1
    assert before[0] < 0.1 < 0.5 < min(after)
    # A drifted mean of three devices of ten is hidden in the sum of all of them.
    assert abs(sum(mean["before"]) - 1) < 1e-3


def test_its_picture_is_bounded(incident: Incident, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "DEVICES_DRAWN", 2)
    chart = incident_chart(incident)
    assert chart is not None
    assert (chart["devices"], chart["devices_whole"]) == (2, 3)


def test_the_page_says_what_to_do_and_asks_few_questions(
    incident: Incident, django_assert_max_num_queries: Any
) -> None:
    for i in range(30):
        unit(f"more-{i}", i)
    client = personas.client("viewer")
    with django_assert_max_num_queries(QUERIES_MAX) as counted:
        text = client.get(f"/console/incidents/{incident.public_id}").content.decode()
    assert isinstance(counted, CaptureQueriesContext)
    assert "What to do next" in text
    assert "3 of 3 drifted" in text
    assert ">first seen<" in text


def test_without_windows_it_says_so(incident: Incident) -> None:
    Incident.objects.update(evidence={"devices": ["dev_gone"]})
    text = personas.client("viewer").get(f"/console/incidents/{incident.public_id}")
    assert "No window of these devices" in text.content.decode()
