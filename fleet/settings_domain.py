"""Limits and habits of the domain, each with its unit. Apps read them as `settings.EDGEFLEET_…`."""

from pathlib import Path

from fleet import env

_VAR = env.folder("EDGEFLEET_VAR", Path(__file__).resolve().parent.parent / "var")

# Devices
EDGEFLEET_POLL_SECONDS = env.integer("EDGEFLEET_POLL_SECONDS", 300, least=1, most=86_399)
EDGEFLEET_SESSION_SECONDS = env.integer("EDGEFLEET_SESSION_SECONDS", 3600, least=60, most=86_400)
EDGEFLEET_CHALLENGE_SECONDS = 120
EDGEFLEET_INSTRUCTION_DAYS = env.integer("EDGEFLEET_INSTRUCTION_DAYS", 14, least=1, most=365)
# Releases: may the person who made a release approve it? A company of one needs it.
EDGEFLEET_SELF_APPROVAL = env.flag("EDGEFLEET_SELF_APPROVAL", default=True)
# Accuracy points that int8 may lose against float before a release is refused.
EDGEFLEET_ACCURACY_DROP_MAX = env.decimal("EDGEFLEET_ACCURACY_DROP_MAX", 0.02, least=0.0, most=1.0)
# Builds
EDGEFLEET_BUILD_LEASE_SECONDS = env.integer("EDGEFLEET_BUILD_LEASE_SECONDS", 60, least=2, most=3600)
EDGEFLEET_QUANTIZE_SECONDS = env.integer("EDGEFLEET_QUANTIZE_SECONDS", 600, least=10, most=7200)
# Scratch folders of builds, removed when a build ends.
EDGEFLEET_WORK_DIR = env.folder("EDGEFLEET_WORK_DIR", _VAR / "work")
# Workers that one build may cost before it is given up.
EDGEFLEET_BUILD_ATTEMPTS = env.integer("EDGEFLEET_BUILD_ATTEMPTS", 3, least=1, most=20)
# Golden vectors that each build is proved with, and that a device runs before it commits.
EDGEFLEET_BUILD_VECTORS = env.integer("EDGEFLEET_BUILD_VECTORS", 16, least=1, most=1000)
# Keys: a securesystemslib URI a role (`file:`, `awskms:`, `hsm:`); a role without one has a file
# below EDGEFLEET_KEY_DIR.
EDGEFLEET_KEY_DIR = env.folder("EDGEFLEET_KEY_DIR", _VAR / "keys")
EDGEFLEET_SIGNING_KEYS = {
    role: uri
    for role in ("artifacts", "director", "firmware")
    if (uri := env.text(f"EDGEFLEET_SIGNING_KEY_{role.upper()}", ""))
}
