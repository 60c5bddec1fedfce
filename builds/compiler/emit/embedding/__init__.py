"""What the text of a build has more where a firmware asks for it: see `recipe.Embedding`."""
