"""Windows of counts: their layout, rollups, units for statistics, retention."""
