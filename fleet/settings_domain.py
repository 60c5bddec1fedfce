"""Limits and habits of the domain, each with its unit. Apps read them as `settings.EDGEFLEET_…`."""

from fleet import env

# Devices
EDGEFLEET_POLL_SECONDS = env.integer("EDGEFLEET_POLL_SECONDS", 300, least=1, most=86_399)
EDGEFLEET_SESSION_SECONDS = env.integer("EDGEFLEET_SESSION_SECONDS", 3600, least=60, most=86_400)
EDGEFLEET_CHALLENGE_SECONDS = 120
EDGEFLEET_INSTRUCTION_DAYS = env.integer("EDGEFLEET_INSTRUCTION_DAYS", 14, least=1, most=365)
# Releases: may the person who made a release approve it? A company of one needs it.
EDGEFLEET_SELF_APPROVAL = env.flag("EDGEFLEET_SELF_APPROVAL", default=True)
# Accuracy points that int8 may lose against float before a release is refused.
EDGEFLEET_ACCURACY_DROP_MAX = env.decimal(
    "EDGEFLEET_ACCURACY_DROP_MAX", 0.02, least=0.0, most=1.0
)
# Builds
EDGEFLEET_PROOF_VECTORS = env.integer("EDGEFLEET_PROOF_VECTORS", 10, least=1, most=1000)
EDGEFLEET_BUILD_LEASE_SECONDS = env.integer("EDGEFLEET_BUILD_LEASE_SECONDS", 60, least=2, most=3600)
EDGEFLEET_QUANTIZE_SECONDS = env.integer("EDGEFLEET_QUANTIZE_SECONDS", 600, least=10, most=7200)
