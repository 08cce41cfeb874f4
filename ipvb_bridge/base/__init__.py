"""Floor 0: messages, errors, settings and logging. Imports nothing of the house."""
