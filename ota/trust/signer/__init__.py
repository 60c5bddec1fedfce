"""The process that signs: what devices are told, the repository, the audit log."""
