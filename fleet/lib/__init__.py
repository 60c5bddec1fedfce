"""Leaves: small parts that know no model and no app. Anything here may be imported from anywhere
above.
"""
