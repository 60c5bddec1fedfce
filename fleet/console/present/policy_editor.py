"""Policies in the editor: their members as fields and rows, and a form's texts as members.

An empty field takes the default, an empty row is none. Times are in UTC.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fleet.console.present.judgement.rules import Field
from fleet.devices.labels.query import QUERY_MAX
from fleet.lib.errors import Refused, at_field
from ota.delivery.handling import ActionType, Denied
from ota.engine.rules import Joins, OnFailure
from ota.engine.states import FailureCause, Gate
from ota.rollouts.policy import RANGES, REASON_MAX, TIMED

SPARE_ROWS: Final = 2  # empty rows below those that there are
ROWS_MAX: Final = 120  # of one table in a form
HINTS: Final[Mapping[str, tuple[str, str]]] = {
    "description": ("In short", "what it is for"),
    "max_in_flight": ("At once", "devices that may be on their way"),
    "in_flight_first": ("At once, at first", "each success adds one; empty: the above at once"),
    "starts_per_minute": ("Starts a minute", "empty: no limit"),
    "success_percent": ("A wave passes at", "per cent of its devices that took the update"),
    "soak_seconds": ("Soak", "seconds that a wave is watched"),
    "on_failure": ("When a wave fails", ""),
    "gates": ("Gates", "all of them have to pass"),
    "labels_margin_points": ("Labels: margin", "points of accuracy"),
    "shadow_agreement_percent": ("Challenger: agreement", "per cent"),
    "shadow_inferences": ("Challenger: inferences", "at least"),
    "shadow_devices": ("Challenger: devices", "at least"),
    "attempts": ("Attempts", "of one device"),
    "retry_seconds": ("Pause", "seconds before the second attempt"),
    "retry_factor": ("Pause grows", "times, from attempt to attempt"),
    "retry_max_seconds": ("Longest pause", "seconds"),
    "offer_seconds": ("Unread for", "seconds until an offer counts as timed out"),
    "install_seconds": ("Silent for", "seconds until a device counts as timed out"),
    "rollback_max_in_flight": ("Back: at once", "devices"),
    "rollback_attempts": ("Back: attempts", "of one device"),
    "penalty_after": ("Penalty box after", "rollouts in a row that failed on a device; 0: none"),
    "penalty_seconds": ("Penalty box for", "seconds since the last failure"),
    "spread": ("Spread over labels", "most important first, with commas: site, line"),
    "start_approvals": ("Approvals before the start", "of others than who planned it; 0: none"),
    "check_destination": ("Who is asked", "by the gate check: the name of a webhook destination"),
    "check_seconds": ("Has to answer within", "seconds; its silence holds the wave"),
    "joins": ("Devices that come later", "into the group, once the rollout runs"),
}
SECTIONS: Final = (
    ("How fast", ("max_in_flight", "in_flight_first", "starts_per_minute", "spread")),
    ("How it is judged", ("success_percent", "soak_seconds", "on_failure", "gates")),
    (
        "Gates in numbers",
        ("labels_margin_points", "shadow_agreement_percent", "shadow_inferences", "shadow_devices"),
    ),
    ("Again", ("attempts", "retry_seconds", "retry_factor", "retry_max_seconds")),
    ("Patience", ("offer_seconds", "install_seconds", "penalty_after", "penalty_seconds")),
    ("The way back", ("rollback_max_in_flight", "rollback_attempts")),
    (
        "Other people and programs, and later devices",
        ("start_approvals", "check_destination", "check_seconds", "joins"),
    ),
)
# What each word of `joins` says, in the editor and where a rollout is planned.
JOINING: Final[Mapping[Joins, str]] = {
    Joins.NO: "take no part",
    Joins.RUNNING: "join the last wave while it runs",
    Joins.STANDING: "always get it, or run a newer one",
}
CAUSES: Final = tuple(cause.value for cause in FailureCause)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table of the editor; `options` where there are some to choose from."""

    name: str
    title: str
    kind: str  # number, choice, time or text
    options: tuple[str, ...] = ()
    least: int = 0
    most: int = 0


@dataclass(frozen=True, slots=True)
class EditedTable:
    """A list of a policy: `rows` has a value for each column."""

    name: str
    title: str
    hint: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[tuple[Column, str], ...], ...] = ()


def _count(name: str, title: str) -> Column:
    return Column(name, title, "number", (), RANGES[name].low, RANGES[name].high)


TABLES: Final = (
    EditedTable(
        "waves",
        "Waves",
        "Each takes the group up to a percentage, so many more devices, or those of a device "
        "query, which then come in no other wave. The last one ends at 100 %.",
        (
            _count("share_percent", "Up to %"),
            _count("count", "Or devices"),
            Column("query", "Or those with", "text", (), 0, QUERY_MAX),
            _count("min_devices", "At least, devices"),
            _count("max_in_flight", "At once"),
            _count("soak_seconds", "Soak, seconds"),
            _count("approvals", "Approvals"),
        ),
    ),
    EditedTable(
        "failures",
        "What fails a wave",
        "More than so many per cent of finished devices, once so many have finished.",
        (
            Column("cause", "Cause", "choice", ("any", *CAUSES)),
            _count("percent", "More than %"),
            _count("min_sample", "Once finished"),
        ),
    ),
    EditedTable(
        "retries",
        "Attempts by cause",
        "In place of what holds for the other causes.",
        (
            Column("cause", "Cause", "choice", CAUSES),
            _count("attempts", "Attempts"),
            _count("retry_seconds", "Pause, seconds"),
        ),
    ),
    EditedTable(
        "timeouts",
        "Patience by state",
        "Seconds of silence, in place of the above.",
        (
            Column("state", "State", "choice", tuple(TIMED)),
            Column("seconds", "Seconds", "number", (), 1, RANGES["install_seconds"].high),
        ),
    ),
    EditedTable(
        "freezes",
        "Freezes",
        "No update begins in these (UTC); those under way finish, and the way back is open.",
        (
            Column("from", "From", "time"),
            Column("until", "Until", "time"),
            Column("reason", "Why", "text", (), 0, REASON_MAX),
        ),
    ),
)
WINDOW: Final = ("schedule", "duration", "timezone")


def policy_sections(document: Mapping[str, Any]) -> list[tuple[str, list[Field]]]:
    """Return the fields of the editor with a document's values, by section."""
    return [
        (title, [_field(name, document.get(name)) for name in names]) for title, names in SECTIONS
    ]


def policy_tables(document: Mapping[str, Any]) -> list[EditedTable]:
    """Return the tables of the editor with a document's rows and some empty ones."""
    return [
        EditedTable(
            table.name, table.title, table.hint, table.columns, tuple(_rows(table, document))
        )
        for table in TABLES
    ]


def delivery_fields(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return how updates are delivered, as the form shows it."""
    told = document.get("delivery", {})
    kind = told.get("type", ActionType.FORCED)
    return {
        "kinds": [(each.value, each == kind) for each in ActionType],
        "force_at": _local(told.get("force_at")),
        "confirmation": told.get("confirmation", False),
        "denied": [(each.value, each == told.get("denied", Denied.WAIT)) for each in Denied],
        "window": {key: told.get("window", {}).get(key, "") for key in WINDOW},
    }


def document_from(form: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return the members that a form's texts say; None where a field is empty. Raises Refused for a
    number that is none.
    """
    found: dict[str, Any] = {"description": _text(form, "description")}
    for _, names in SECTIONS:
        found.update({name: _member(form, name) for name in names})
    for table in TABLES:
        found[table.name] = list(_given_rows(form, table))
    found["timeouts"] = {row.get("state", ""): row.get("seconds") for row in found["timeouts"]}
    found["delivery"] = _delivery(form) or None
    return found


def _field(name: str, value: Any) -> Field:
    title, hint = HINTS[name]
    if name == "on_failure":
        return Field(
            name,
            title,
            hint,
            "choice",
            "",
            tuple((each.value, each == value) for each in OnFailure),
        )
    if name == "gates":
        chosen = tuple((each.value, each in (value or ())) for each in Gate)
        return Field(name, title, hint, "choices", "", chosen)
    if name == "joins":
        return Field(
            name,
            title,
            hint,
            "choice",
            "",
            tuple((each.value, each == (value or Joins.NO)) for each in Joins),
        )
    if name == "spread":
        return Field(name, title, hint, "text", ", ".join(value or ()))
    if name == "check_destination":
        return Field(name, title, hint, "text", value or "")
    shown = "" if value is None else str(value)
    low, high = RANGES[name].low, RANGES[name].high
    return Field(name, title, hint, "number", shown, (), low, high, "1")


def _rows(
    table: EditedTable, document: Mapping[str, Any]
) -> Iterator[tuple[tuple[Column, str], ...]]:
    items = document.get(table.name, [])
    if table.name == "timeouts":
        items = [{"state": state, "seconds": seconds} for state, seconds in dict(items).items()]
    for item in [*items, *[{}] * SPARE_ROWS]:
        told = {**item, "cause": item.get("cause", "any")} if item else item
        yield tuple((column, _shown(column, told.get(column.name))) for column in table.columns)


def _shown(column: Column, value: Any) -> str:
    if column.kind == "time":
        return _local(value)
    return "" if value is None else str(value)


def _local(value: Any) -> str:
    """Return a time as a field for times has it: its minute, without a zone."""
    return str(value)[:16] if value else ""


def _member(form: Mapping[str, Sequence[str]], name: str) -> Any:
    if name == "gates":
        return [each for each in form.get(name, []) if each]
    text = _text(form, name)
    if name == "spread":
        return [label.strip() for label in text.split(",") if label.strip()]
    with at_field(name):
        return _number(HINTS[name][0], text) if name in RANGES else text or None


def _given_rows(form: Mapping[str, Sequence[str]], table: EditedTable) -> Iterator[dict[str, Any]]:
    columns = [list(form.get(f"{table.name}.{column.name}", [])) for column in table.columns]
    if len({len(values) for values in columns}) > 1 or len(columns[0]) > ROWS_MAX:
        raise Refused(f"{table.title}: the form was not sent whole.")
    for values in zip(*columns, strict=True):
        texts = [value.strip() for value in values]
        if any(texts):
            named = zip(table.columns, texts, strict=True)
            yield {column.name: _cell(table, column, text) for column, text in named if text}


def _cell(table: EditedTable, column: Column, text: str) -> Any:
    with at_field(f"{table.name}.{column.name}"):
        if column.kind == "number":
            return _number(f"{table.title}: {column.title}", text)
        return _utc(text) if column.kind == "time" else text


def _delivery(form: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if (kind := _text(form, "delivery.type")) not in ("", ActionType.FORCED):
        found["type"] = kind
    if text := _text(form, "delivery.force_at"):
        found["force_at"] = _utc(text)
    if _text(form, "delivery.confirmation"):
        found["confirmation"] = True
        found["denied"] = _text(form, "delivery.denied") or Denied.WAIT.value
    window = {key: _text(form, f"delivery.{key}") for key in WINDOW}
    if any(window.values()):
        found["window"] = window
    return found


def _utc(text: str) -> str:
    return f"{text}+00:00" if len(text) == 16 else text


def _text(form: Mapping[str, Sequence[str]], name: str) -> str:
    values = form.get(name, [])
    return values[0].strip() if values else ""


def _number(title: str, text: str) -> int | None:
    if not text:
        return None
    try:
        return int(text)
    except ValueError as error:
        raise Refused(f"{title}: {text[:40]!r} is not a whole number.") from error
