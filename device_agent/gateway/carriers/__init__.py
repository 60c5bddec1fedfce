"""What a gateway does with a child: one file for each kind of server that children have."""
