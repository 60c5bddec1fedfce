"""What to do next about an incident, from its level, what moved and what was rolled out. Pure."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from fleet.console.present.judgement.evidence import said
from fleet.telemetry.choices import CauseLevel
from fleet.telemetry.ingest.counts.layout import CONFIDENCE, PREDICTION

WHERE: Final = {
    CauseLevel.DEVICE: "Look at this one device: its sensor, its lens or mounting, its place.",
    CauseLevel.LABEL: (
        "Ask what these devices share that the others do not: a batch of parts, a place, a "
        "customer, a change of settings."
    ),
    CauseLevel.VERSION: (
        "All devices of the version moved: ask what changed in the world, or in the model."
    ),
}
SILENT: Final = {
    CauseLevel.DEVICE: "Look at this one device: its power, its network, its agent's log.",
    CauseLevel.LABEL: (
        "Ask what these devices share: the power or the network of a place, a gateway, a version "
        "whose telemetry does not arrive."
    ),
    CauseLevel.VERSION: "No device is heard: look at the way to this service before the devices.",
}
PLANNED: Final = (
    "A device that is out of service permanently is decommissioned, and missed no more."
)
RETRAIN: Final = "Where the change is permanent, train with new data and roll that version out."


def next_steps(level: str, evidence: Mapping[str, Any], *, rolled_out: bool) -> list[str]:
    """Return what to do, the likeliest first; `rolled_out`: the version came shortly before."""
    if evidence.get("silence"):
        return [SILENT[CauseLevel(level)], PLANNED]
    found = WHERE.get(CauseLevel(level)) if level in set(CauseLevel) else None
    return [
        *([found] if found else []),
        *(["It came shortly after a rollout: compare with that release first."] * rolled_out),
        *_by_what_moved(moved(evidence)),
        RETRAIN,
    ]


def moved(evidence: Mapping[str, Any]) -> set[str]:
    """Return the names of what moved, as the findings and the sentence say."""
    return {
        *(str(each["name"]) for each in evidence.get("findings", []) if each.get("drifted")),
        *(PREDICTION if each == "class" else each for each in said(evidence)),
    }


def _by_what_moved(names: Collection[str]) -> Iterator[str]:
    inputs = set(names) - {CONFIDENCE, PREDICTION, "errors", "latency"}
    outputs = {CONFIDENCE, PREDICTION} & set(names)
    if "errors" in names:
        yield "Inferences fail: read the device's log for the error, and its free memory."
    if "latency" in names:
        yield "It takes longer: look for another load on the device, or a lower clock."
    if inputs and outputs:
        yield "Inputs moved and the model's answers with them: take a few samples and look at them."
    elif inputs:
        yield "Inputs moved and the answers did not: the model copes so far; plan to retrain."
    elif outputs:
        yield "Answers moved and inputs did not: another mix of what happens, or the wrong model."
