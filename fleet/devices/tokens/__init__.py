"""Secrets that hawkBit clients and gateways send."""
