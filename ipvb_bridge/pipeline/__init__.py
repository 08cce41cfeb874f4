"""Floor 4: pull, calculate, reconcile: one step a file."""
