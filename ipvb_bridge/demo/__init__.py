"""A door: the whole job on simulated systems that it starts itself."""
