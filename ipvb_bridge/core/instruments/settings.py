"""[instruments] of method.toml: a section for each instrument that has settings, each declared in its own module."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """The settings of one instrument; an unknown key is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Instruments(Section):
    """[instruments]: they move no result of the calculation, so changing them needs no new one."""
