"""The filter that stands in the address is kept under a name, and stands above the list."""

from fleet.devices.models import DeviceFilter
from tests import personas
from tests.fleet.console.typed import value_of
from tests.fleet.console.world import World

LIST = "/console/devices"
ASKED = f"{LIST}?q=lot%3DB7&state=accepted"


def keep(who: str = "operator", address: str = ASKED, **typed: str) -> str:
    client = personas.client(who)
    asked = value_of_hidden(client.get(address).content.decode())
    form = {"back": address, "asked": asked, "name": "lot B7", **typed}
    return str(client.post(f"{LIST}/filters/new", form, follow=True).content.decode())


def value_of_hidden(html: str) -> str:
    return html.partition('name="asked" value="')[2].partition('"')[0].replace("&amp;", "&")


def shown(who: str, address: str = LIST) -> str:
    return str(personas.client(who).get(address).content.decode())


def test_it_is_kept_shared_renamed_and_deleted(world: World) -> None:
    assert "The filter lot B7 is kept." in keep()
    row = DeviceFilter.objects.get()
    assert (row.asked, row.shared) == ({"q": "lot=B7", "state": "accepted"}, False)
    assert 'href="/console/devices?q=lot%3DB7&amp;state=accepted"' in shown("operator")
    assert "lot B7" not in shown("owner")
    client, own = personas.client("operator"), f"{LIST}/filters/{row.public_id}"
    client.post(own, {"back": LIST, "name": "B7", "share": "on"})
    row.refresh_from_db()
    assert (row.name, row.shared) == ("B7", True)
    assert "of operator" in shown("viewer")
    assert "Change B7" not in shown("owner")
    refused = personas.client("owner").post(own, {"back": LIST, "name": "mine"}, follow=True)
    assert "who alone changes it" in refused.content.decode()
    client.post(f"{own}/delete", {"back": LIST})
    assert not DeviceFilter.objects.exists()


def test_without_a_filter_there_is_nothing_to_keep(world: World) -> None:
    assert "Keep this filter" not in shown("operator")
    assert "Keep this filter" not in shown("operator", f"{LIST}?sort=-seen")
    assert "Keep this filter" not in shown("operator", f"{LIST}?q=lot%3D%3D")
    assert "Keep this filter" in shown("operator", f"{LIST}?q=cam")
    assert "Keep this filter" not in shown("viewer", f"{LIST}?q=cam")


def test_a_name_that_is_taken_is_told_at_its_field(world: World) -> None:
    keep()
    text = keep(name="lot B7")
    assert 'id="wrong-name" role="alert">You keep a filter' in text
    assert value_of(text, "name", "/filters/new") == "lot B7"


def test_a_filter_that_is_no_longer_understood_says_so_on_the_list(world: World) -> None:
    keep()
    DeviceFilter.objects.update(asked={"q": "lot=="})
    assert 'href="/console/devices?q=lot%3D%3D"' in shown("operator")
    text = shown("operator", f"{LIST}?q=lot%3D%3D")
    assert '<p class="ef-refusal" role="alert">' in text


def test_what_no_form_sends_is_refused(world: World) -> None:
    for asked in ("", "gate=x", "q=" + "x" * 9_001, "&".join(f"a{n}=1" for n in range(20))):
        keep(asked=asked)
    assert not DeviceFilter.objects.exists()
