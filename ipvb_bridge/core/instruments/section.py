"""The base of a section of [instruments] in method.toml; light, so that a settings module imports nothing heavy."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """The settings of one instrument; an unknown key is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
