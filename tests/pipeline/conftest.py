"""Fixtures of publishing for the tests of this folder."""

from tests.pipeline.publishing import calculated, house, peer, postgresql_house

__all__ = ["calculated", "house", "peer", "postgresql_house"]
