"""What the judgement found, as sentences and pictures."""
