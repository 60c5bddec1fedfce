"""Limits and habits of the domain, each with its unit. Apps read them as `settings.EDGEFLEET_…`."""

import json
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
# Devices: how they are addressed, how fast they may knock, how often last-seen times are written.
EDGEFLEET_TENANT = env.text("EDGEFLEET_TENANT", "default")
EDGEFLEET_ENROL_PER_MINUTE = env.integer("EDGEFLEET_ENROL_PER_MINUTE", 120, least=1, most=100_000)
EDGEFLEET_PRESENCE_SECONDS = env.integer("EDGEFLEET_PRESENCE_SECONDS", 10, least=0, most=3600)
# May DDI clients that know no sessions use a `TargetToken`?
EDGEFLEET_TARGET_TOKENS = env.flag("EDGEFLEET_TARGET_TOKENS", default=False)
# Telemetry: the width of a rollup, the window that is judged, when an incident ends by itself.
EDGEFLEET_ROLLUP_SECONDS = env.integer("EDGEFLEET_ROLLUP_SECONDS", 3600, least=5, most=86_400)
EDGEFLEET_DRIFT_WINDOW_SECONDS = env.integer(
    "EDGEFLEET_DRIFT_WINDOW_SECONDS", 86_400, least=10, most=90 * 86_400
)
EDGEFLEET_DRIFT_END_SECONDS = env.integer(
    "EDGEFLEET_DRIFT_END_SECONDS", 3600, least=0, most=30 * 86_400
)
# A cause must last so long before it becomes an incident; one device alone lasts longer.
EDGEFLEET_DRIFT_START_SECONDS = env.integer("EDGEFLEET_DRIFT_START_SECONDS", 60, most=86_400)
EDGEFLEET_DRIFT_DEVICE_START_SECONDS = env.integer(
    "EDGEFLEET_DRIFT_DEVICE_START_SECONDS", 900, most=30 * 86_400
)
EDGEFLEET_TELEMETRY_PER_MINUTE = env.integer(
    "EDGEFLEET_TELEMETRY_PER_MINUTE", 240, least=1, most=100_000
)
# Overrides of fleet.telemetry.drift.defaults by name, such as {"psi_warning": 0.2}.
EDGEFLEET_DRIFT: dict[str, float] = json.loads(env.text("EDGEFLEET_DRIFT", "{}"))
# A window that a device brings later than this is dated to this age; raw windows live so long.
EDGEFLEET_TELEMETRY_LATENESS_SECONDS = 7 * 86_400
EDGEFLEET_TELEMETRY_DAYS = env.integer("EDGEFLEET_TELEMETRY_DAYS", 30, least=1, most=3650)
# How often, in seconds, a rollout asks the gates of its open wave.
EDGEFLEET_GATE_SECONDS = env.decimal("EDGEFLEET_GATE_SECONDS", 5.0, least=0.2, most=3600)
# Requests a minute that one caller of the REST API may make.
EDGEFLEET_API_PER_MINUTE = env.integer("EDGEFLEET_API_PER_MINUTE", 3000, least=1, most=1_000_000)
