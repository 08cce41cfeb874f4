"""Fixtures of publishing for the tests of this folder."""

from tests.pipeline.publishing import calculated, house, peer

__all__ = ["calculated", "house", "peer"]
