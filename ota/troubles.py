"""What a person has to look at, kept as rows: processes without keys say it too.

The signer and devices' reports write them; `/readyz`, every page of the console, the system checks
and `keys status` read them. A trouble ends when its cause does, or by `manage.py keys repair`.
"""

from typing import Final

from ota.models import Trouble, TroubleKind
from ota.models.trouble import TROUBLE_MAX

GO_ON: Final = (
    "Restore a newer backup with 'manage.py restore', or go on with this database: "
    "'manage.py keys repair' begins a new epoch, and asks every device what it runs."
)
OLDER: Final = (TroubleKind.PUBLISHED, TroubleKind.TOLD)


def note(kind: TroubleKind, text: str) -> None:
    """Report it from now on. The same text again writes nothing, and keeps the time it began."""
    words = text[:TROUBLE_MAX]
    if not Trouble.objects.filter(kind=kind, text=words).exists():
        Trouble.objects.update_or_create(kind=kind, defaults={"text": words})


def lasts(kind: TroubleKind) -> bool:
    """Tell whether there is a trouble of this kind."""
    return Trouble.objects.filter(kind=kind).exists()


def clear(*kinds: TroubleKind) -> int:
    """Remove troubles of these kinds; how many there were."""
    found = Trouble.objects.filter(kind__in=kinds)
    return found.delete()[0] if found.exists() else 0


def sentences() -> list[str]:
    """Return all troubles as sentences."""
    return list(Trouble.objects.values_list("text", flat=True))
