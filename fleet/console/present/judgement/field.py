"""What labels and challengers say of a version, as its pages show it. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from fleet.console.present.pairs import interval, pairs_table, percent


def realised_panel(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures of realised accuracy for `parts/_realised.html`."""
    estimated = found["estimated"]
    groups = [
        (row["group"], f"{row['labelled']:,}", interval(row), percent(row["expected"]))
        for row in found["groups"]
    ]
    shift = found["label_shift"]
    return {
        "labelled": found["labelled"],
        "devices": len(found["devices"]),
        "realised": interval(found),
        "expected": percent(found["expected"]),
        "estimated": interval(estimated) if estimated else "not known",
        "estimated_caveat": estimated["caveat"] if estimated else "",
        "concept": found["concept"],
        "groups": groups,
        "pairs": pairs_table(found["pairs"], found["classes"]) if found["pairs"] else None,
        "shift": [
            (row["class"], percent(row["reference"]), percent(row["share"]), _between(row))
            for row in shift["classes"]
        ],
        "shift_sentence": shift["sentence"],
    }


def agreement_panel(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a block for each champion, for `parts/_agreement.html`."""
    return [
        {
            "champion": row["champion_label"],
            "share": percent(row["share"]),
            "between": f"{percent(row['without_best'])} to {percent(row['without_worst'])}",
            "ran": f"{row['ran']:,}",
            "skipped": f"{row['skipped']:,}",
            "devices": row["devices"],
            "pairs": pairs_table(row["pairs"], row["classes"]) if row["pairs"] else None,
            "groups": [
                (group["group"], f"{group['ran']:,}", percent(group["share"]))
                for group in row["groups"]
            ],
            "troubles": row["troubles"],
        }
        for row in rows
    ]


def _between(row: Mapping[str, Any]) -> str:
    return f"{row['low'] * 100:.1f} to {row['high'] * 100:.1f} %"
