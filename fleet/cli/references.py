"""How people name a version: `digits:1.0` by label, `digits:3` by number, `digits@production`, or
`ver_…`; a release: `rel_…`, or as its version, whose newest release is meant; a device: `dev_…`,
its name, or what it calls itself.

A label wins over a number: anyone who labels versions 1, 2, 3 means the labels.
"""

from itertools import islice
from typing import Any, Final

from fleet.cli.errors import RequestRefused
from fleet.cli.rest.client import Client

PUBLIC_ID: Final = "ver_"
RELEASE_ID: Final = "rel_"
DEVICE_ID: Final = "dev_"
DATASET_ID: Final = "dst_"
FORMS: Final = "MODEL:LABEL, MODEL:NUMBER, MODEL@ALIAS or ver_…"


def version_id(client: Client, reference: str) -> str:
    """Return the public id of the version that is meant. Raises RequestRefused."""
    return reference if reference.startswith(PUBLIC_ID) else str(version(client, reference)["id"])


def version(client: Client, reference: str) -> dict[str, Any]:
    """Return the version that is meant. Raises RequestRefused when there is none."""
    if reference.startswith(PUBLIC_ID):
        return dict(client.get(f"versions/{reference}/"))
    for sign, find in (("@", by_alias), (":", by_label_or_number)):
        model, found, name = reference.partition(sign)
        if found and model and name:
            return find(client, model, name)
    raise RequestRefused(f"{reference!r} names no version: write {FORMS}.")


def release_id(client: Client, reference: str) -> str:
    """Return the public id of the release that is meant, or raise RequestRefused."""
    if reference.startswith(RELEASE_ID):
        return reference
    meant = version_id(client, reference)
    found = next((row for row in client.pages("releases/") if row["version"] == meant), None)
    if found is None:
        raise RequestRefused(
            f"{reference} has no release: run `edgefleet release create {reference}`."
        )
    return str(found["id"])


def device_id(client: Client, reference: str) -> str:
    """Return the public id of the device that is meant, or raise RequestRefused."""
    if reference.startswith(DEVICE_ID):
        return reference
    found = []
    if '"' not in reference and reference:
        asked = f'id="{reference}" or name="{reference}"'
        found = list(islice(client.pages("devices/", query=asked), 2))
    if not found:
        raise RequestRefused(f"There is no device {reference!r}.")
    if len(found) > 1:
        raise RequestRefused(f"Several devices are called {reference!r}: write an id (dev_…).")
    return str(found[0]["id"])


def by_alias(client: Client, model: str, alias: str) -> dict[str, Any]:
    """Return the version that an alias points to now."""
    moved = client.get(f"models/{model}/aliases/{alias}/")
    found: dict[str, Any] = client.get(f"models/{model}/versions/{moved['version']}/")
    return found


def named(client: Client, model: str, word: str) -> dict[str, Any]:
    """Return the version that a word names within a model: a label, a number or an alias."""
    try:
        return by_label_or_number(client, model, word)
    except RequestRefused:
        return by_alias(client, model, word)


def dataset_id(client: Client, reference: str) -> str:
    """Return the public id of the dataset that is meant, or raise RequestRefused."""
    if reference.startswith(DATASET_ID):
        return reference
    found = list(islice(client.pages("datasets/", name=reference), 2))
    if not found:
        raise RequestRefused(f"There is no dataset {reference!r}.")
    if len(found) > 1:
        raise RequestRefused(f"Several datasets are called {reference!r}: write an id (dst_…).")
    return str(found[0]["id"])


def by_label_or_number(client: Client, model: str, name: str) -> dict[str, Any]:
    """Return the version with that label, else with that number."""
    labelled = next(client.pages(f"models/{model}/versions/", label=name), None)
    if labelled is not None:
        return dict(labelled)
    if not (name.isascii() and name.isdigit()):
        raise RequestRefused(f"The model {model} has no version {name}.")
    found: dict[str, Any] = client.get(f"models/{model}/versions/{int(name)}/")
    return found
