"""From a version to devices: releases, rollouts, and all of it in one line."""
