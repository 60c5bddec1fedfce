"""Rows become what a page shows: words, tables, figures of drawings."""
