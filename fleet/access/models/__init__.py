"""Roles, API tokens and who gets short ones, the audit log, and answered calls."""

from fleet.access.models.audit import AuditEntry, AuditHead
from fleet.access.models.idempotency import IdempotencyKey
from fleet.access.models.publisher import (
    MODEL_MAX,
    URL_MAX,
    WORD_MAX,
    SpentIdentity,
    TrustedPublisher,
)
from fleet.access.models.role import Role
from fleet.access.models.token import ApiToken

__all__ = [
    "MODEL_MAX",
    "URL_MAX",
    "WORD_MAX",
    "ApiToken",
    "AuditEntry",
    "AuditHead",
    "IdempotencyKey",
    "Role",
    "SpentIdentity",
    "TrustedPublisher",
]
