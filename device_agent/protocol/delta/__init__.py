"""A delta: how one file becomes another, and how a service offers that."""
