"""A door: pages that people read."""
