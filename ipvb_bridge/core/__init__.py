"""Floor 1: the method. Pure functions from frames to frames: no I/O, no clock, no SQL."""
