"""The tests of loading again, against the PostgreSQL of config/docker."""

from tests.store.test_load import *  # noqa: F403  # the same tests: only the fixtures of this folder differ
