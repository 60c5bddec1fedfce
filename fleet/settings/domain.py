"""Limits and habits of the domain, each with its unit. Apps read them as `settings.EDGEFLEET_…`.

The comment above a setting is its line in the manual's table.
"""

from fleet import env
from fleet.settings.files import VAR_DIR

# --- Devices --------------------------------------------------------------------------------------
# Seconds between two visits of a device.
EDGEFLEET_POLL_SECONDS = env.integer("EDGEFLEET_POLL_SECONDS", 300, least=1, most=86_399)
# Seconds that a device's session token is good for.
EDGEFLEET_SESSION_SECONDS = env.integer("EDGEFLEET_SESSION_SECONDS", 3600, least=60, most=86_400)
EDGEFLEET_CHALLENGE_SECONDS = 120
# Tenant in the addresses that devices call; compared without case.
EDGEFLEET_TENANT = env.text("EDGEFLEET_TENANT", "default")
# Enrolments, challenges and sessions a minute from one address.
EDGEFLEET_ENROL_PER_MINUTE = env.integer("EDGEFLEET_ENROL_PER_MINUTE", 120, least=1, most=100_000)
# Seconds between two writes of the last-seen times, which polls only note in memory.
EDGEFLEET_PRESENCE_SECONDS = env.integer("EDGEFLEET_PRESENCE_SECONDS", 10, least=0, most=3600)
# May DDI clients that know no sessions use a token per device?
EDGEFLEET_TARGET_TOKENS = env.flag("EDGEFLEET_TARGET_TOKENS", default=False)
# May a gateway speak for the accepted devices of the group whose token it has?
EDGEFLEET_GATEWAY_TOKENS = env.flag("EDGEFLEET_GATEWAY_TOKENS", default=False)
# May a gateway's token register devices that nobody knows yet? They wait until they are accepted.
EDGEFLEET_PLUG_AND_PLAY = env.flag("EDGEFLEET_PLUG_AND_PLAY", default=False)
# May a proxy in front that has checked a device's certificate name the device in headers?
EDGEFLEET_PROXY_CERTIFICATES = env.flag("EDGEFLEET_PROXY_CERTIFICATES", default=False)
# Networks of the proxies whose word on certificates counts, with commas between.
EDGEFLEET_TRUSTED_PROXIES = env.words("EDGEFLEET_TRUSTED_PROXIES", ())
# Issuers of devices' certificates, as the proxy names them: hashes in hexadecimal, with commas
# between.
EDGEFLEET_CERTIFICATE_ISSUERS = env.words("EDGEFLEET_CERTIFICATE_ISSUERS", ())
# Days that the token before the newest stays good, unless the newest is used first.
EDGEFLEET_TOKEN_OVERLAP_DAYS = env.integer("EDGEFLEET_TOKEN_OVERLAP_DAYS", 7, least=1, most=90)

# --- Releases and rollouts ------------------------------------------------------------------------
# Days after which a device refuses an instruction that it never fetched.
EDGEFLEET_INSTRUCTION_DAYS = env.integer("EDGEFLEET_INSTRUCTION_DAYS", 14, least=1, most=365)
# May the person who made a release approve it? A company of one needs it.
EDGEFLEET_SELF_APPROVAL = env.flag("EDGEFLEET_SELF_APPROVAL", default=True)
# Accuracy that int8 may lose against float before a release is refused, as a share of one.
EDGEFLEET_ACCURACY_DROP_MAX = env.decimal("EDGEFLEET_ACCURACY_DROP_MAX", 0.02, least=0.0, most=1.0)
# Seconds between two questions to the gates of an open wave.
EDGEFLEET_GATE_SECONDS = env.decimal("EDGEFLEET_GATE_SECONDS", 5.0, least=0.2, most=3600)

# May tools of hawkBit use its Management API here, below /rest/v1/?
EDGEFLEET_MANAGEMENT_API = env.flag("EDGEFLEET_MANAGEMENT_API", default=False)
# Bytes of the largest file of another maker that is taken.
EDGEFLEET_SOFTWARE_MAX_BYTES = env.integer(
    "EDGEFLEET_SOFTWARE_MAX_BYTES", 1024**3, least=1024, most=2**40
)

# --- Builds ---------------------------------------------------------------------------------------
# Seconds that a build stays with a worker that says nothing.
EDGEFLEET_BUILD_LEASE_SECONDS = env.integer("EDGEFLEET_BUILD_LEASE_SECONDS", 60, least=2, most=3600)
# Workers that one build may cost before it is given up.
EDGEFLEET_BUILD_ATTEMPTS = env.integer("EDGEFLEET_BUILD_ATTEMPTS", 3, least=1, most=20)
# Golden vectors that each build is proved with, and that a device runs before it commits.
EDGEFLEET_BUILD_VECTORS = env.integer("EDGEFLEET_BUILD_VECTORS", 16, least=1, most=1000)
# Seconds that a model may take to be quantised.
EDGEFLEET_QUANTIZE_SECONDS = env.integer("EDGEFLEET_QUANTIZE_SECONDS", 600, least=10, most=7200)
# Scratch folders of builds, removed when a build ends.
EDGEFLEET_WORK_DIR = env.folder("EDGEFLEET_WORK_DIR", VAR_DIR / "work")

# Environments of converters that `manage.py converters install` makes; several hundred MB each.
EDGEFLEET_CONVERTERS_DIR = env.folder("EDGEFLEET_CONVERTERS_DIR", VAR_DIR / "converters")

# --- Keys: a securesystemslib URI a role (`file:`, `awskms:`, `hsm:`) -----------------------------
# Folder of the key files that roles without a URI have.
EDGEFLEET_KEY_DIR = env.folder("EDGEFLEET_KEY_DIR", VAR_DIR / "keys")
EDGEFLEET_SIGNING_KEYS = {
    role: uri
    for role in ("artifacts", "director", "firmware", "builder", "audit")
    if (uri := env.text(f"EDGEFLEET_SIGNING_KEY_{role.upper()}", ""))
}
# Approvals that the signer counts before it lists a release.
EDGEFLEET_APPROVALS_MIN = env.integer("EDGEFLEET_APPROVALS_MIN", 1, least=0, most=10)
_TUF_DAYS = {"root": 365.0, "targets": 180.0, "models": 90.0, "snapshot": 7.0, "timestamp": 1.0}
# Validity of the update repository's roles in days, as a JSON object such as {"snapshot": 14};
# a role is signed again when 60 % of its validity is left.
EDGEFLEET_TUF_DAYS = _TUF_DAYS | env.numbers("EDGEFLEET_TUF_DAYS")
# May anybody who knows a bundle's digest download it (default outside of production), or only
# devices? Metadata is open to all.
EDGEFLEET_TUF_OPEN_TARGETS = env.flag(
    "EDGEFLEET_TUF_OPEN_TARGETS", default=not env.flag("EDGEFLEET_PRODUCTION", default=False)
)
# Where the answer to an enrolment finds the root that a device embeds.
EDGEFLEET_TRUST_ROOT = "ota.trust.selectors.root_bytes"

# Where a build finds the security counter that its images carry: that of the version's release.
EDGEFLEET_SECURITY_COUNTER = "ota.releases.counters.security_counter"

# Where the audit log finds the keys that sign its checkpoints.
EDGEFLEET_AUDIT_KEYS = "builds.keyring.audit_keys"

# --- Telemetry ------------------------------------------------------------------------------------
# Seconds that one bucket of sums covers.
EDGEFLEET_ROLLUP_SECONDS = env.integer("EDGEFLEET_ROLLUP_SECONDS", 3600, least=5, most=86_400)
# Seconds of the trailing window that is judged: one whole season of the inputs.
EDGEFLEET_DRIFT_WINDOW_SECONDS = env.integer(
    "EDGEFLEET_DRIFT_WINDOW_SECONDS", 86_400, least=10, most=90 * 86_400
)
# Seconds without its cause after which an incident ends by itself.
EDGEFLEET_DRIFT_END_SECONDS = env.integer(
    "EDGEFLEET_DRIFT_END_SECONDS", 3600, least=0, most=30 * 86_400
)
# Seconds in which an incident that ended by itself is opened again, not another one, when its cause
# comes back.
EDGEFLEET_INCIDENT_REOPEN_SECONDS = env.integer(
    "EDGEFLEET_INCIDENT_REOPEN_SECONDS", 6 * 3600, least=0, most=30 * 86_400
)
# Seconds that a cause must last before it becomes an incident.
EDGEFLEET_DRIFT_START_SECONDS = env.integer("EDGEFLEET_DRIFT_START_SECONDS", 60, most=86_400)
# Seconds that a cause must last which only one device shows.
EDGEFLEET_DRIFT_DEVICE_START_SECONDS = env.integer(
    "EDGEFLEET_DRIFT_DEVICE_START_SECONDS", 900, most=30 * 86_400
)
# Windows a minute that one device may hand in.
EDGEFLEET_TELEMETRY_PER_MINUTE = env.integer(
    "EDGEFLEET_TELEMETRY_PER_MINUTE", 240, least=1, most=100_000
)
# Other thresholds of drift by name, as a JSON object such as {"psi_warning": 0.2}.
EDGEFLEET_DRIFT = env.numbers("EDGEFLEET_DRIFT")
# A window that a device brings later than this is dated to this age.
EDGEFLEET_TELEMETRY_LATENESS_SECONDS = 7 * 86_400
# Days that raw windows live; their sums stay.
EDGEFLEET_TELEMETRY_DAYS = env.integer("EDGEFLEET_TELEMETRY_DAYS", 30, least=1, most=3650)
# Whether another person than the one who asked has to approve that devices capture samples.
EDGEFLEET_CAPTURE_FOUR_EYES = env.flag("EDGEFLEET_CAPTURE_FOUR_EYES", default=True)

# --- Notifications --------------------------------------------------------------------------------
# May webhooks be called without TLS? For tries on one machine.
EDGEFLEET_WEBHOOK_HTTP = env.flag(
    "EDGEFLEET_WEBHOOK_HTTP", default=env.flag("DEBUG", default=False)
)
# Networks of this company that webhooks may call though they are private, such as 10.1.0.0/16, with
# commas between.
EDGEFLEET_WEBHOOK_NETWORKS = env.words("EDGEFLEET_WEBHOOK_NETWORKS", ())
# Host of the mail server; without one no mail is sent.
EMAIL_HOST = env.text("EMAIL_HOST", "")
# Port of the mail server.
EMAIL_PORT = env.integer("EMAIL_PORT", 587, least=1, most=65_535)
# User at the mail server.
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
# Password at the mail server.
EMAIL_HOST_PASSWORD = env.secret("EMAIL_HOST_PASSWORD") or ""
# Is the mail server spoken to with STARTTLS?
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", default=True)
EMAIL_TIMEOUT = 5  # seconds
# Sender of mails.
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "edgefleet@localhost")

# --- Callers of the REST API ----------------------------------------------------------------------
# Requests a minute that one caller may make.
EDGEFLEET_API_PER_MINUTE = env.integer("EDGEFLEET_API_PER_MINUTE", 3000, least=1, most=1_000_000)

# --- Trusted publishing: CI jobs that show who they are ------------------------------------------
_OIDC = {"https://token.actions.githubusercontent.com": "github", "https://gitlab.com": "gitlab"}
# Issuers beside GitHub's and GitLab's whose jobs can be trusted, each with what it speaks, such as
# https://gitlab.example.org=gitlab, with commas between.
EDGEFLEET_OIDC_ISSUERS = _OIDC | env.pairs("EDGEFLEET_OIDC_ISSUERS")
# The audience that identities of CI jobs have to be for.
EDGEFLEET_OIDC_AUDIENCE = env.text("EDGEFLEET_OIDC_AUDIENCE", "edgefleet")
