"""From the field beyond windows: true labels that come late (`truth`), samples (`capture`)."""
