"""Floor 5: the clock, moments with a lease, and the dispatch to this process."""
