"""Trusted publishing: a CI job shows who it is and gets a token for one model and one verb, for
fifteen minutes. No secret is stored in CI.
"""
