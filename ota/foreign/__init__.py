"""What files of other makers say of themselves: bounded readers, linear in the file's size."""
