"""The way to a child: packets over serial lines and UDP, questions and answers, and uploads."""
