"""What devices tell of themselves, beside what they report of an assignment."""
