"""Roles, API tokens, the audit log, and answered calls."""

from fleet.access.models.audit import AuditEntry, AuditHead
from fleet.access.models.idempotency import IdempotencyKey
from fleet.access.models.role import Role
from fleet.access.models.token import ApiToken

__all__ = ["ApiToken", "AuditEntry", "AuditHead", "IdempotencyKey", "Role"]
