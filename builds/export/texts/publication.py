"""What people and package indexes read of an export: its name in any letters, page, licence, date.

Guarantees: a fact that an index would refuse, or that would break out of a text of XML, YAML or
properties, is refused here with one sentence.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final
from xml.sax.saxutils import escape

from builds.export.errors import ExportError

TITLE_MAX: Final = 120  # characters
URL: Final = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?(/[A-Za-z0-9._~/?=&%+#-]*)?")
URL_MAX: Final = 200
# Example domains that nobody can visit, RFC 2606.
NOWHERE: Final = re.compile(
    r"https?://([^/:]*\.)?(example(\.(com|org|net))?|invalid|test|localhost)([:/]|$)"
)
SPDX_ID: Final = r"[A-Za-z0-9][A-Za-z0-9.-]*\+?"
SPDX: Final = re.compile(rf"\(?{SPDX_ID}\)?( (AND|OR|WITH) \(?{SPDX_ID}\)?)*")
VENDOR: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{1,31}")


@dataclass(frozen=True)
class Publication:
    """Checked facts; an empty text where nobody said anything."""

    url: str = ""
    licence: str = ""  # an SPDX expression
    released: str = ""  # the day, as 2026-11-30
    vendor: str = "EdgeFleet"

    def __post_init__(self) -> None:
        if self.url and (len(self.url) > URL_MAX or not URL.fullmatch(self.url)):
            raise ExportError(f"A page's address is as https://host/path, not {self.url[:80]!r}.")
        if NOWHERE.match(self.url):
            raise ExportError(f"Nobody can visit {self.url[:80]!r}; give the model's own page.")
        if self.licence and not SPDX.fullmatch(self.licence):
            raise ExportError(
                f"A licence is an SPDX expression as MIT or Apache-2.0 OR MIT, not "
                f"{self.licence[:80]!r}."
            )
        if self.released and not _is_day(self.released):
            raise ExportError(f"A date is as 2026-11-30, not {self.released[:32]!r}.")
        if not VENDOR.fullmatch(self.vendor):
            raise ExportError(
                f"A vendor has 2 to 32 letters and digits and begins with a letter, not "
                f"{self.vendor[:40]!r}."
            )

    def words(self) -> dict[str, str]:
        """What texts may name; lines that a fact is missing for are empty."""
        return {
            "vendor": self.vendor,
            "url": self.url,
            "xml_url": escape(self.url),
            "license_line": f"license={self.licence}\n" if self.licence else "",
            "released": f' date="{self.released}"' if self.released else "",
            "yaml_url": f"url: {self.url}\n" if self.url else "",
            "yaml_license": f"license: {self.licence}\n" if self.licence else "",
        }


UNPUBLISHED: Final = Publication()


def title_of(name: str) -> str:
    """A name as people write it, in one line."""
    title = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    return title[:TITLE_MAX]


def xml_text(text: str) -> str:
    """A text that means itself in XML."""
    return escape(text)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
