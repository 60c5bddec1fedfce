"""A compiled model in the shape that each ecosystem's tools expect.

Pure: no database. Guarantees: equal inputs give equal bytes; nothing of anybody else's code is in
an export; every refusal is an ExportError with one clear sentence.
"""

from pathlib import Path

from builds.build_diff import Change, change_between
from builds.export.archive import pack
from builds.export.build_diff import Sections, sections_of
from builds.export.errors import ExportError, NotMeasured
from builds.export.layout import ExportLayout, lay_out, layouts, load_layout
from builds.export.material import Figures, Material, slug_of

__all__ = [
    "Change",
    "ExportError",
    "ExportLayout",
    "Figures",
    "Material",
    "NotMeasured",
    "Sections",
    "change_between",
    "export_archive",
    "lay_out",
    "layouts",
    "load_layout",
    "pack",
    "sections_of",
    "slug_of",
]


def export_archive(material: Material, layout_name: str, *, suffix: str | None = None) -> bytes:
    """One export as one archive; `suffix` says which kind, the layout's own first."""
    layout = load_layout(layout_name)
    chosen = suffix or layout.suffixes[0]
    if chosen not in layout.suffixes:
        offered = " or ".join(layout.suffixes)
        raise ExportError(f"{layout.title} is packed as {offered}, not as {Path(chosen).name!r}.")
    root = layout.root.replace("@slug@", slug_of(material.name))
    return pack(lay_out(layout, material), chosen, root=root)
