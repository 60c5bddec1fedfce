"""The chip's library `ef` as an archive carries it: the texts that go along with its sources."""
