"""How values look: pills for states, bytes, numbers and times that people can read at a glance."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from fleet.lib import clock
from ota.planning.words import in_bytes, roughly

register = template.Library()

# One line a colour; a state stands in exactly one.
LOOKS: Final = {
    "good": (
        "accepted active admitted approved complete confirmed committed delivered done equal "
        "finished installed pass passed published resolved signed succeeded"
    ).split(),
    "bad": (
        "aborted critical decommissioned error fail failed open refused rejected reverted "
        "revoked rolled_back timed_out"
    ).split(),
    "busy": (
        "aborting assigned cancelling downloaded downloading ending installing offered pending "
        "planned proceeding queued retrieved rolling_back running scheduled soaking "
        "started updating verifying waiting"
    ).split(),
    "warn": (
        "acknowledged cancelled closed draft held inconclusive notice paused retired skipped "
        "warning"
    ).split(),
}
KIB: Final = 1024
TINY: Final = 1e-12  # below it, a p-value's digits tell nothing more
CLEAR: Final = 0.001
DIGEST_SHOWN: Final = 12  # characters
YEARS: Final = 9_999  # separators from here on: smaller numbers may be years or ports
FOLD_FROM: Final = 140  # characters
STEPS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"))  # seconds, unit


@register.filter
def look(state: str) -> str:
    """Return the CSS class of a state's colour."""
    word = str(state).lower()
    return next((css for css, words in LOOKS.items() if word in words), "")


@register.filter
def pill(state: str) -> SafeString:
    """Return a state as a coloured pill."""
    return format_html(
        '<span class="ef-pill {}">{}</span>', look(state), str(state).replace("_", " ")
    )


@register.filter
def size(count: int | Literal[""] | None) -> str:
    """Return bytes as `812 B`, `12.3 KiB` or `4.0 MiB`; a build without a report yet has none."""
    if count is None or count == "":
        return "-"
    if count < 10 * KIB:
        return f"{count:,} B"
    if count < 10 * KIB * KIB:
        return f"{count / KIB:,.1f} KiB"
    return f"{count / KIB / KIB:,.1f} MiB"


@register.filter
def thousands(count: float | Literal[""] | None) -> str:
    """Return a whole number with separators; a dash for nothing."""
    return "-" if count is None or count == "" else f"{count:,.0f}"


@register.filter
def percent(share: float | None) -> str:
    """Return 0.973 as `97.3 %`."""
    return "-" if share is None else f"{100 * share:.1f} %"


@register.filter
def chance(p: float | None) -> str:
    """Return a p-value as people compare it: `0.287`, `0.0004`, `below 1e-12`."""
    if p is None:
        return "-"
    if p < TINY:
        return "below 1e-12"
    return f"{p:.3f}" if p >= CLEAR else f"{p:.1g}"


@register.filter
def plain(value: Any) -> str:
    """Return any JSON value as a person writes it: `accuracy 0.968, samples 250`, `yes`, `-`."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        return ", ".join(
            f"{str(key).replace('_', ' ')} {plain(each)}" for key, each in value.items()
        )
    if isinstance(value, list | tuple):
        return ", ".join(map(plain, value))
    return thousands(value) if isinstance(value, int) and abs(value) > YEARS else str(value)


@register.filter
def step(change: float | None) -> str:
    """Return a difference with its sign; nothing for nothing."""
    return "" if change is None else f"{'+' if change > 0 else '-'}{plain(abs(change))}"


@register.filter
def short(digest: str) -> SafeString:
    """Return the first part of a digest; the whole of it shows on hovering."""
    shown = digest[:DIGEST_SHOWN]
    more = "…" if len(digest) > DIGEST_SHOWN else ""
    return format_html('<code title="{}">{}{}</code>', digest, shown, more)


@register.filter
def folded(text: str) -> SafeString:
    """Return a long reason with all after its first clause folded away."""
    first, separator, rest = text.partition("; ")
    if not separator or len(text) <= FOLD_FROM:
        return format_html("{}", text)
    fold = '{}<details class="ef-more"><summary>{} more</summary>{}</details>'
    return format_html(fold, first, rest.count("; ") + 1, rest)


@register.filter
def ago(at: datetime | None) -> str:
    """Return how long ago it was, in the largest fitting unit."""
    if at is None:
        return "never"
    seconds = int((clock.now() - at).total_seconds())
    for length, unit in STEPS:
        if seconds >= length:
            return f"{seconds // length} {unit} ago"
    return f"{max(0, seconds)} s ago"


@register.filter
def lasting(seconds: int) -> str:
    """Return a duration as people say it."""
    return roughly(seconds)


@register.filter
def sized(count: int) -> str:
    """Return what is downloaded as people read it: 12.3 MB."""
    return in_bytes(count)


@register.filter
def worded(name: str) -> str:
    """Return a word of the engine without its underscores."""
    return str(name).replace("_", " ")


@register.filter
def moment(text: str) -> str:
    """Return a stored time as people read it, to the second."""
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S}"


@register.filter
def item(mapping: dict[str, Any], key: str) -> Any:
    """Return a mapping's value for a key that is itself a variable."""
    return mapping.get(key)


@register.filter
def pretty(value: Any) -> str:
    """Return a JSON value indented, for the few who want all of it."""
    return json.dumps(value, indent=2, ensure_ascii=False)
