"""An incident's evidence as sentences that need no statistics to read. Pure."""

from collections.abc import Mapping
from typing import Any, Final

STRONG: Final = 1.0  # PSI from which two distributions have little left in common
NAMES_MAX: Final = 6


def evidence_sentences(evidence: Mapping[str, Any], cause: str) -> list[str]:
    """Return what moved, by how much, on which devices, and what they share."""
    if silence := str(evidence.get("silence") or ""):
        return [f"{silence[:1].upper()}{silence[1:]}."]
    drifted = [each for each in evidence.get("findings", []) if each.get("drifted")]
    says = str(evidence.get("says") or "")
    own = _labelled(evidence) or (f"{says[:1].upper()}{says[1:]}." if says else "")
    found = [own, _moved(drifted), _who(evidence), _calm(evidence)]
    return [each for each in found if each] + _shared(evidence, cause)


def said(evidence: Mapping[str, Any]) -> set[str]:
    """Return what the sentence about the devices' own past begins with: what moved, by name."""
    return {word.rstrip(",") for word in str(evidence.get("says") or "").split(" ")[:1] if word}


def _moved(drifted: list[Mapping[str, Any]]) -> str:
    if not drifted:
        return ""
    names = [str(each["name"]) for each in drifted]
    rest = f" and {len(names) - NAMES_MAX} more" if len(names) > NAMES_MAX else ""
    verb = "looks" if len(names) == 1 else "look"
    much = "nothing like" if drifted[0]["psi"] >= STRONG else "unlike"
    return f"{', '.join(names[:NAMES_MAX])}{rest} {verb} {much} the reference data any more."


def _labelled(evidence: Mapping[str, Any]) -> str:
    """What true labels say, where the incident is about them."""
    found = evidence.get("labels")
    if not found:
        return ""
    right, count = f"{found['correct']:,}", f"{found['labelled']:,}"
    expected = f"{found['expected'] * 100:.1f} % were expected"
    return (
        f"{evidence.get('says', '')} {right} of {count} labelled inferences are right, {expected}."
    )


def _who(evidence: Mapping[str, Any]) -> str:
    count, judged = evidence.get("device_count"), evidence.get("judged_devices")
    if not count:
        return ""
    samples = f"{evidence.get('samples', 0):,} inferences"
    of = f" of {judged} that sent enough data to be judged" if judged else ""
    return f"It is seen on {count} device{'' if count == 1 else 's'}{of}, in {samples}."


def _calm(evidence: Mapping[str, Any]) -> str:
    told = said(evidence)
    rest = [each for each in evidence.get("findings", []) if not each.get("drifted")]
    calm = [str(each["name"]) for each in rest if each["name"] not in told]
    if not calm:
        return ""
    shown = ", ".join(calm[:NAMES_MAX])
    return f"Still as in the reference, or too little changed to matter: {shown}."


def _shared(evidence: Mapping[str, Any], cause: str) -> list[str]:
    return [
        f"{row['drifted']} of {row['members']} devices with {row['label']} drifted, and "
        f"{row['drifted_elsewhere']} of the {row['others']} others"
        f"{': that names the cause' if row['label'] == cause else ''}."
        for row in evidence.get("enrichment", [])
        if row["drifted"] and row["others"]
    ]
