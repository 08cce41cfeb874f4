"""The tests of the store again, against the PostgreSQL of config/docker: loading, reading, runs, migrations."""

# ruff: noqa: F403  # imported for pytest to collect: the same tests, with the fixtures of this folder

from tests.store.test_load import *
from tests.store.test_quarantine import *
from tests.store.test_read import *
from tests.store.test_runs import *
from tests.store.test_schema import *
from tests.store.test_state import *
from tests.store.test_versions import *
