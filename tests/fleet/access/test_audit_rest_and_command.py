"""People and monitors read the log and its verdict over REST and by command."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from fleet.access import audit
from tests import personas
from tests.fleet.access.tampering import remove_entry

pytestmark = pytest.mark.django_db
AUDIT = "/api/v1/audit/"


def write(count: int = 3) -> None:
    for number in range(1, count + 1):
        audit.record(by=personas.SYSTEM, action=f"ota.step_{number}", subject=f"rol_{number}")


def verify(*arguments: str) -> str:
    out = StringIO()
    call_command("audit_verify", *arguments, stdout=out)
    return out.getvalue()


def test_the_newest_entry_comes_first() -> None:
    write()
    rows = personas.client("viewer").get(AUDIT).json()["results"]
    assert [row["sequence"] for row in rows] == [3, 2, 1]
    assert rows[0]["prev_hash"] == rows[1]["hash"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"action": "ota."}, [3, 2, 1]),
        ({"action": "ota.step_2"}, [2]),
        ({"subject": "rol_1"}, [1]),
        ({"actor": "tests"}, [3, 2, 1]),
        ({"actor": "nobody"}, []),
    ],
)
def test_the_log_can_be_asked(query: dict[str, str], found: list[int]) -> None:
    write()
    rows = personas.client("viewer").get(AUDIT, query).json()["results"]
    assert [row["sequence"] for row in rows] == found


def test_pages_follow_each_other_without_a_gap() -> None:
    write(5)
    client, seen = personas.client("viewer"), []
    url: str | None = f"{AUDIT}?page_size=2"
    while url:
        page = client.get(url).json()
        seen += [row["sequence"] for row in page["results"]]
        url = page["next"]
    assert seen == [5, 4, 3, 2, 1]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nobody_writes_over_rest(method: str) -> None:
    assert getattr(personas.client("owner"), method)(AUDIT).status_code == 405


def test_a_whole_chain_says_so() -> None:
    write()
    answer = personas.client("viewer").get(f"{AUDIT}verify/").json()
    assert (answer["whole"], answer["entries"], answer["broken_at"]) == (True, 3, None)
    assert verify() == f"whole: 3 entries, head {answer['head']}\n"


def test_a_hole_is_named() -> None:
    write()
    remove_entry(2)
    answer = personas.client("viewer").get(f"{AUDIT}verify/").json()
    assert (answer["whole"], answer["broken_at"]) == (False, 3)
    with pytest.raises(CommandError, match="breaks at entry 3: entry 2 is missing"):
        verify()


def test_a_cut_tail_is_found_with_a_noted_head() -> None:
    write()
    head = verify().split()[-1]
    assert verify("--head", head)
    remove_entry(3)
    assert "2 entries" in verify()
    with pytest.raises(CommandError, match="cut off"):
        verify("--head", head)


@pytest.mark.parametrize(("persona", "status"), [("anonymous", 401), ("stranger", 403)])
def test_strangers_read_nothing(persona: str, status: int) -> None:
    assert personas.client(persona).get(AUDIT).status_code == status
    assert personas.client(persona).get(f"{AUDIT}verify/").status_code == status
