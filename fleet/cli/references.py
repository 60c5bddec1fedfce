"""How people name a version: `digits:1.0` by label, `digits:3` by number, `digits@production`, or
`ver_…`; and a release: `rel_…`, or as its version, whose newest release is meant.

A label wins over a number: anyone who labels versions 1, 2, 3 means the labels.
"""

from typing import Any, Final

from fleet.cli.client import Client
from fleet.cli.errors import Refused

PUBLIC_ID: Final = "ver_"
RELEASE_ID: Final = "rel_"
FORMS: Final = "MODEL:LABEL, MODEL:NUMBER, MODEL@ALIAS or ver_…"


def version_id(client: Client, reference: str) -> str:
    """Return the public id of the version that is meant. Raises Refused."""
    return reference if reference.startswith(PUBLIC_ID) else str(version(client, reference)["id"])


def version(client: Client, reference: str) -> dict[str, Any]:
    """Return the version that is meant. Raises Refused when there is none."""
    if reference.startswith(PUBLIC_ID):
        return dict(client.get(f"versions/{reference}/"))
    for sign, find in (("@", by_alias), (":", by_label_or_number)):
        model, found, name = reference.partition(sign)
        if found and model and name:
            return find(client, model, name)
    raise Refused(f"{reference!r} names no version: write {FORMS}.")


def release_id(client: Client, reference: str) -> str:
    """Return the public id of the release that is meant. Raises Refused when there is none."""
    if reference.startswith(RELEASE_ID):
        return reference
    meant = version_id(client, reference)
    found = next((row for row in client.pages("releases/") if row["version"] == meant), None)
    if found is None:
        raise Refused(f"{reference} has no release: run `edgefleet release create {reference}`.")
    return str(found["id"])


def by_alias(client: Client, model: str, alias: str) -> dict[str, Any]:
    """Return the version that an alias points to now."""
    moved = client.get(f"models/{model}/aliases/{alias}/")
    found: dict[str, Any] = client.get(f"models/{model}/versions/{moved['version']}/")
    return found


def by_label_or_number(client: Client, model: str, name: str) -> dict[str, Any]:
    """Return the version with that label, else with that number."""
    labelled = next(client.pages(f"models/{model}/versions/", label=name), None)
    if labelled is not None:
        return dict(labelled)
    if not (name.isascii() and name.isdigit()):
        raise Refused(f"The model {model} has no version {name}.")
    found: dict[str, Any] = client.get(f"models/{model}/versions/{int(name)}/")
    return found
