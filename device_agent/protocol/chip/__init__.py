"""What a gateway and a microcontroller behind it say: SMP, and our own group of commands in it."""
