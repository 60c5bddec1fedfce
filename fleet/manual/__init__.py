"""The generated pages of the manual: made from the tables and files that the service itself runs
on.
"""
