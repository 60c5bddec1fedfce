"""The list of devices: searched, filtered, sorted, changed many at once, and exported."""

import csv
import io
import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F, Q, QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.urls import reverse

from builds.targets import target_names
from fleet.access.accounts.actors import actor_of
from fleet.console.page import Question, action, ask_first, came_from, page, show
from fleet.console.pages.devices.filters import saved_filters
from fleet.console.present.labels import labels_of
from fleet.devices import selectors, services
from fleet.devices.choices import DeviceState, GroupKind
from fleet.devices.filters import FIELDS, SEEN, VERSION, WORD
from fleet.devices.models import Device, Group
from fleet.devices.services import BulkAct
from fleet.lib.errors import FleetError, Refused, at_field
from fleet.telemetry import selectors as telemetry
from fleet.telemetry.models import Incident

PAGE: Final = 50
STATES: Final = DeviceState.values
OFFERED: Final = 100  # gateways, incidents and groups to choose from
INCIDENT_MAX: Final = 5000  # devices of an incident that are listed
REASONS_MAX: Final = 5  # sentences after a change of many
EXPORT_MAX: Final = 200_000  # devices of one file
CHUNK: Final = 2000  # rows fetched at once for a file
SORTS: Final = {
    "name": F("name").asc(),
    "-name": F("name").desc(),
    "target": F("target").asc(),
    "-target": F("target").desc(),
    "state": F("state").asc(),
    "-state": F("state").desc(),
    "seen": F("last_seen_at").asc(nulls_first=True),
    "-seen": F("last_seen_at").desc(nulls_last=True),
}
ACTS: Final = (("label", "set labels"), ("accept", "accept"), ("reject", "reject"))
EFFECTS: Final = {
    BulkAct.ACCEPT: "They take part in rollouts from then on.",
    BulkAct.REJECT: "They get nothing more until somebody accepts them; what they run stays. A "
    "rollout that is under way goes on without them.",
    BulkAct.LABEL: "Labels: {}. The others stay. Groups with a query follow.",
    BulkAct.ASSIGN: "They become members of the group {}, and get what is rolled out to it from "
    "then on. A rollout that has begun goes on without them.",
}
COLUMNS: Final = (
    "id", "name", "controller_id", "state", "target", "model", "version", "labels", "last_seen_at",
)  # fmt: skip
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would compute


@page("devices_read")
def devices(request: HttpRequest) -> HttpResponse:
    """List devices. `?q=` is a part of a name or a device query, such as `lot=B7`; `?shared` asks
    for those whose key seems to be used twice.
    """
    asked = _asked(request)
    error = ""
    try:
        found = _found(asked)
    except FleetError as refused:
        error, found = refused.message, Device.objects.none()
    rows = Paginator(found, PAGE).get_page(request.GET.get("page"))
    narrow = {name: value for name, value in asked.items() if value or name == "shared"}
    return show(
        request,
        "devices.html",
        "Devices",
        rows=rows,
        asked=asked,
        error=error,
        narrow=urlencode(narrow),
        filtered=bool({*narrow} - {"sort"}),
        heads=_heads(asked),
        suspected=selectors.devices(suspected=True).count(),
        states=DeviceState.choices,
        targets=target_names(),
        seen=SEEN,
        acts=ACTS,
        saved=saved_filters(request),
        keepable=bool({*narrow} - {"sort"}) and not error,
        kept_as=_as_query(asked) if not error else "",
        gateways=selectors.gateways()[:OFFERED],
        incidents=_incidents(request),
        lists=selectors.groups().filter(kind=GroupKind.STATIC).order_by("name")[:OFFERED],
    )


@page("devices_read")
def export(request: HttpRequest, form: str) -> HttpResponse | StreamingHttpResponse:
    """Write the devices that the filters find, as CSV or as JSON lines."""
    if form not in WRITERS:
        raise Http404
    found = _found(_asked(request))
    if found.count() > EXPORT_MAX:
        raise Refused(f"One file has at most {EXPORT_MAX} devices: filter first.")
    kind, write = WRITERS[form]
    answer = StreamingHttpResponse(write(found), content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="devices.{form}"'
    return answer


@action("devices_write")
def change(request: HttpRequest) -> HttpResponse:
    """Accept, reject or label the devices that were ticked; asks before it is done."""
    wish, chosen = _wish(request)
    act = wish.act
    count = f"{len(chosen)} device{'' if len(chosen) == 1 else 's'}"
    question = Question(
        f"{act.value.capitalize()} {count}?",
        EFFECTS[act].format(wish.words),
        f"{act.value.capitalize()} {count}",
        wants_reason=act is BulkAct.REJECT,
        names=[(row.name, reverse("console:device", args=[row.public_id])) for row in chosen],
    )
    if asks := ask_first(request, question):
        return asks
    by = actor_of(request)
    done = services.devices_change(
        devices=chosen,
        act=act,
        by=by,
        labels=wish.labels,
        group=wish.group,
        reason=request.POST.get("reason", ""),
    )
    if done.changed:
        word = "device was" if done.changed == 1 else "devices were"
        messages.success(request, f"{done.changed} {word} changed.")
    names = {device.public_id: device.name for device in chosen}
    for public_id, reason in list(done.refused.items())[:REASONS_MAX]:
        messages.error(request, f"{names[public_id]}: {reason}")
    if (more := len(done.refused) - REASONS_MAX) > 0:
        messages.error(request, f"{more} more could not be changed.")
    return HttpResponseRedirect(came_from(request))


@dataclass(frozen=True)
class _Wish:
    """What is to be done with the devices that were ticked."""

    act: BulkAct
    words: str = ""  # labels or the group, as they were typed
    labels: dict[str, str | None] | None = None
    group: Group | None = None


def _wish(request: HttpRequest) -> tuple[_Wish, list[Device]]:
    names = request.POST.getlist("device")[: services.DEVICES_MAX + 1]
    chosen = list(selectors.devices().filter(public_id__in=names).order_by("name"))
    if not chosen:
        raise Refused("Tick at least one device.")
    try:
        act = BulkAct(request.POST.get("act", ""))
    except ValueError:
        raise Refused("Choose what to do with the devices.") from None
    if act is BulkAct.ASSIGN:
        group = selectors.group_get(request.POST.get("group", ""))
        return _Wish(act, group.name, group=group), chosen
    if act is BulkAct.LABEL:
        text = request.POST.get("labels", "").strip()
        with at_field("labels"):
            return _Wish(act, text, labels=_labels(text)), chosen
    return _Wish(act), chosen


def _labels(text: str) -> dict[str, str | None]:
    try:
        words = shlex.split(text)
    except ValueError:
        raise Refused('A quotation mark of the labels has no other: site="le mans".') from None
    gone = [word[1:] for word in words if word.startswith("-")]
    kept = [word for word in words if not word.startswith("-")]
    labels: dict[str, str | None] = {**labels_of("\n".join(kept)), **dict.fromkeys(gone)}
    if not labels:
        raise Refused("Type the labels, such as lot=B7, or -lot to take one away.")
    return labels


def _asked(request: HttpRequest) -> dict[str, str]:
    """The filters of the address; who may not read incidents may not filter by them."""
    asked = {name: request.GET[name].strip() for name in FIELDS if name in request.GET}
    if not _may_read_incidents(request):
        asked.pop("incident", None)
    return asked


def _incidents(request: HttpRequest) -> Sequence[Incident]:
    if not _may_read_incidents(request):
        return []
    return list(telemetry.incidents(active=True)[:OFFERED])


def _may_read_incidents(request: HttpRequest) -> bool:
    return request.user.has_perm("access.telemetry_read")


def _found(asked: dict[str, str]) -> QuerySet[Device]:
    """Return the devices that the filters mean, in order. Raises Refused."""
    found = selectors.devices(
        state=_offered(asked.get("state", ""), STATES),
        target=asked.get("target", ""),
        suspected=True if "shared" in asked else None,
        behind=asked.get("gateway", ""),
    )
    if incident := asked.get("incident", ""):
        named = telemetry.incident_get(incident).evidence.get("devices", [])
        found = found.filter(public_id__in=named[:INCIDENT_MAX])
    if text := asked.get("q", ""):
        found = found & _searched(text)
    if version := asked.get("version", ""):
        if not VERSION.fullmatch(version):
            raise Refused("A version has no quotes.")
        found = found & selectors.devices(query=f'runs/version like "{version}"')
    if seen := SEEN.get(asked.get("seen", "")):
        found = found & selectors.devices(query=seen)
    return found.order_by(SORTS.get(asked.get("sort", ""), SORTS["name"]), "pk")


def _as_query(asked: dict[str, str]) -> str:
    """The device query that means the same list, for a group that keeps it; nothing where none
    does: a part of a name, a gateway and an incident are not asked for by queries.
    """
    text = asked.get("q", "")
    if {"gateway", "incident", "shared"} & {
        name for name in asked if asked[name] or name == "shared"
    }:
        return ""
    if text and WORD.fullmatch(text):
        text = f'name like "*{text}*"'
    parts = [
        f"({text})" if " or " in text else text,
        f"device/state={state}" if (state := _offered(asked.get("state", ""), STATES)) else "",
        f"target={target}" if (target := asked.get("target", "")) else "",
        f'runs/version like "{version}"' if (version := asked.get("version", "")) else "",
        SEEN.get(asked.get("seen", ""), ""),
    ]
    return " and ".join(filter(None, parts))


def _searched(text: str) -> QuerySet[Device]:
    """A word is a part of a name, whatever its case; everything else is a device query."""
    if WORD.fullmatch(text):
        named = Q(name__icontains=text) | Q(controller_id__icontains=text) | Q(public_id=text)
        return selectors.devices().filter(named)
    return selectors.devices(query=text)


def _offered(value: str, values: list[str]) -> str:
    return value if value in values else ""


def _heads(asked: dict[str, str]) -> list[dict[str, str]]:
    """The table's heads: what they sort by when pressed, and how the list is sorted now."""
    now = asked.get("sort") or "name"
    rest = {name: value for name, value in asked.items() if name != "sort" and value}
    made = []
    for title, key in (("Device", "name"), ("State", "state"), ("Target", "target"), ("Runs", ""),
                       ("Labels", ""), ("Seen", "seen")):  # fmt: skip
        turned = f"-{key}" if now == key else key
        order = {key: "ascending", f"-{key}": "descending"}.get(now, "") if key else ""
        link = urlencode(rest | {"sort": turned}) if key else ""
        made.append({"title": title, "link": link, "order": order})
    return made


def _facts(found: QuerySet[Device]) -> Iterator[dict[str, Any]]:
    for device in found.iterator(CHUNK):
        seen = device.last_seen_at
        yield dict(
            zip(
                COLUMNS,
                (
                    device.public_id, device.name, device.controller_id, str(device.state),
                    device.target, device.running.get("model", ""),
                    device.running.get("version", ""), device.labels,
                    seen.isoformat() if seen else "",
                ),
                strict=True,
            )
        )  # fmt: skip


def _csv(found: QuerySet[Device]) -> Iterator[str]:
    yield _line(COLUMNS)
    for facts in _facts(found):
        labels = " ".join(f"{key}={value}" for key, value in facts["labels"].items())
        yield _line([_plain(str(value)) for value in (facts | {"labels": labels}).values()])


def _jsonl(found: QuerySet[Device]) -> Iterator[str]:
    for facts in _facts(found):
        yield json.dumps(facts, ensure_ascii=False) + "\n"


def _json(found: QuerySet[Device]) -> Iterator[str]:
    between = "[\n"
    for facts in _facts(found):
        yield between + json.dumps(facts, ensure_ascii=False)
        between = ",\n"
    yield "[]\n" if between == "[\n" else "\n]\n"


def _line(cells: Any) -> str:
    into = io.StringIO()
    csv.writer(into).writerow(cells)
    return into.getvalue()


def _plain(cell: str) -> str:
    """A cell that a spreadsheet would take for a formula gets an apostrophe in front."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


WRITERS: Final = {
    "csv": ("text/csv", _csv),
    "json": ("application/json", _json),
    "jsonl": ("application/x-ndjson", _jsonl),
}
