"""The tables that the demonstration prints."""

from typing import Any

from rich.table import Table


def build_table(title: str, rows: list[Any]) -> Table:
    """Return target, flash, RAM, instructions and the engines that gave equal bytes."""
    table = Table(title=f"{title}: one version, every target, proved equal", title_justify="left")
    table.add_column("target")
    for name in ("flash B", "RAM B", "instructions"):
        table.add_column(name, justify="right")
    table.add_column("byte-equal in")
    for row in rows:
        report = row["report"]
        instructions = report["instructions"]
        table.add_row(
            row["target"],
            f"{report['flash_bytes']['total']:,}",
            f"{report['ram_bytes']['total']:,}",
            "-" if instructions is None else f"{instructions:,}",
            engines(report["proof"]),
        )
    return table


def engines(proof: Any) -> str:
    """Return the names of the engines that agreed, or that they did not."""
    names = [name for name in proof["engines"].values() if name]
    return " = ".join(names) if proof["equal"] else "NOT EQUAL"
