"""The device's keys: made at enrolment, renewed by rotation."""
