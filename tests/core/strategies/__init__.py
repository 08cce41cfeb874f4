"""Small random organisations that meet every rule of the method, in whole numbers as frames hold them."""

from tests.core.strategies.draws import row
from tests.core.strategies.whole import organisations, seeded

__all__ = ["organisations", "row", "seeded"]
