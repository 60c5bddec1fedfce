"""The pages of the console, one noun a file: what is read, and which template shows it."""
