"""Admission: what a version is, looked at in the jail before it may be built."""
