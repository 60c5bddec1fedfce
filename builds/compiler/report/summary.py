"""A report for people: what they would ask first, one line each."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from builds.compiler.report import Json, has_reference

_NAME = 14  # columns of a line's name
_ENGINES = (
    ("reference", "the reference"),
    ("tflm", "TFLM"),
    ("host", "host"),
    ("emulator", "emulator"),
)


def summary(report: Json) -> str:
    """Print a report's figures, and the profile where instructions were counted."""
    known: Mapping[str, Any] = report
    lines = "".join(f"{name:<{_NAME}}{text}\n" for name, text in _lines(known))
    return lines + _profile(known["ops_profile"] or ())


def _lines(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "target", f"{report['target']}, recipe {report['recipe']}, {report['compiler']}"
    yield "operators", ", ".join(f"{count} {kind}" for kind, count in report["ops"].items())
    yield "flash", "{total:,} B: weights {weights:,}, code {code:,}".format(**report["flash_bytes"])
    yield "RAM", _ram(report["ram_bytes"])
    yield "plan", _plan(report["plan"])
    yield from (("outputs", sentence) for sentence in report.get("left_to_caller", ()))
    if apart := report.get("weights_apart"):
        yield "weights.bin", f"{apart['bytes']:,} B, ABI {apart['abi']}"
        yield from (("", sentence) for sentence in apart["exceptions"])
    if reals := report.get("reals"):
        yield from _reals(reals)
    yield "products", f"{report['macs']:,} multiply-accumulates"
    if count := report["instructions"]:
        yield "instructions", f"{count:,}" + _each(count, report["macs"])
    if proof := report["proof"]:
        yield from _proof(proof)
    else:
        yield "proof", "NOT PROVED: nothing was compared with TFLM; --verify does that"
    if coverage := report.get("coverage"):
        yield "coverage", covered(coverage)
    if arithmetic := report.get("arithmetic"):
        yield from _arithmetic(arithmetic)


def _ram(ram: Mapping[str, Any]) -> str:
    static = f"{ram['arena'] + ram['state']:,} B: arena {ram['arena']:,}, state {ram['state']:,}"
    return static if ram["stack"] is None else f"{static}; and {ram['stack']:,} B of stack"


def _plan(plan: Mapping[str, Any]) -> str:
    least = f"{plan['lower_bound_bytes']:,} B"
    if plan["optimal"]:
        return f"optimal: no plan takes less than {least}"
    return f"{plan['peak_bytes']:,} B, where no plan takes less than {least}"


def _each(instructions: int, macs: int) -> str:
    return f", {instructions / macs:.2f} per multiply-accumulate" if macs else ""


def _proof(proof: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    verdict = "byte-equal" if proof["equal"] else f"NOT EQUAL: {proof['first_difference']},"
    yield "proof", f"{proof['vectors']} vectors {verdict} in"
    for key, name in _ENGINES:
        if engine := proof["engines"].get(key):
            yield "", f"{name}: {engine}"
        if why := proof["reasons"].get(key):
            yield "", f"not in {name}: {why}"
    if proof["equal"] and not has_reference(proof["engines"]):
        yield "", "NOT PROVED against TFLM: the others agree, and no more"
    if reals := proof.get("reals"):
        yield from _real_proof(reals)
    if functions := proof.get("functions"):
        yield from _functions(functions)


def _reals(reals: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "float32", f"{reals['operators']} operators, {reals['macs']:,} multiply-accumulates"
    if warning := reals["warning"]:
        yield "", warning


def _real_proof(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    names = ", ".join(found["functions"])
    yield (
        "",
        f"float32 compared {found['compared']}"
        + (f", TFLM with the build's {names}" if names else ""),
    )
    if (away := found["c_library_difference"]) is not None and names:
        yield "", f"with this machine's C library TFLM's outputs are at most {away:.2g} away"


def _functions(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if found["compared"]:
        yield "functions", f"{found['compared']} of one value compared over all {found['values']:,}"
    yield from (("", f"not compared: {why}") for why in found["not_compared"])


def covered(coverage: Mapping[str, Any]) -> str:
    """Say in one line what the vectors reach."""
    return (
        f"{coverage['marks']:.0%} of ends, signs and ties, {coverage['values']:.0%} of values, "
        f"both ends of {coverage['both_ends']} of {coverage['outputs']} outputs"
    )


def _arithmetic(arithmetic: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    names = ", ".join(arithmetic["litert_operators"])
    used = f"LiteRT's in {names}, else TFLM's" if names else "TFLM's"
    if (judged := arithmetic["judged"]) is None:
        yield "arithmetic", f"{used}; not held against real numbers: {arithmetic['reason']}"
        return
    kinds = ", ".join(item["kind"] for item in arithmetic["beyond_rounding"])
    agree = f"more than rounding is off in {kinds}" if kinds else "real numbers agree"
    yield "arithmetic", f"{used}; {agree}, over {judged['vectors']} vectors"
    yield from (("", note) for note in arithmetic["notes"])


def _profile(rows: Sequence[Mapping[str, Any]]) -> str:
    """Print one line an operator."""
    if not rows:
        return ""
    total = sum(row["instructions"] for row in rows)
    head = f"\n{'operator':<42}{'kind':<24}{'instructions':>14}{'share':>8}{'per MAC':>9}\n"
    return head + "".join(
        f"{row['name']:<42}{row['kind']:<24}{row['instructions']:>14,}"
        f"{row['instructions'] / total:>8.1%}{_per_mac(row['instructions_per_mac']):>9}\n"
        for row in rows
    )


def _per_mac(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
