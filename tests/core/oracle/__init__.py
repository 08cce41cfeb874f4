"""A slow, exact second implementation of the method, kept apart from the product.

Written from the text of the method alone: plain Python, dictionaries, fractions and one date at a time, so that each
rule stands as a sentence and nothing is shared with the product but the declarations of its records and settings.
"""

from tests.core.oracle.numbers import Stopped, Unspecified
from tests.core.oracle.reading import Organisation, read_folder
from tests.core.oracle.whole import Outcome, compute

__all__ = ["Organisation", "Outcome", "Stopped", "Unspecified", "compute", "read_folder"]
