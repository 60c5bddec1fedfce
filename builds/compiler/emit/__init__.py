"""C++ text: the same steps and plan give the same bytes."""
