"""The devices' keys: signatures, sessions, rotation, clones."""
