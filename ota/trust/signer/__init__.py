"""The process that signs: instructions, the repository, checkpoints of the audit log."""
