"""Pure rules of access: roles, the form of tokens, the chain of the audit log."""
