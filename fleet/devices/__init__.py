"""Devices, groups and enrolment."""
