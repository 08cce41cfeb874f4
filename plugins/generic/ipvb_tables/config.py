"""Settings of a connection with ``adapter = "tables"``."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.plugin.adapter import Mode
from ipvb_bridge.plugin.sftp_config import SftpConfig

KEYED = tuple(name for name, table in STREAMS.items() if "person_key" in table.names and table.kind == "ecd")
"""The streams about residents in which a person has a key."""


class Out(BaseModel):
    """What is written, and where. Give ``path`` or ``sftp``; without this section nothing is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path | None = Field(default=None, description="folder to write to; relative: to the configuration folder")
    sftp: SftpConfig | None = Field(default=None, description="the server to write to")
    kinds: tuple[Literal["roster", "resident_statement", "monthly_conversation", "care_today"], ...] = Field(
        default=("roster",), description="what may be written here; a file of each, as CSV (roster) and JSON"
    )

    @model_validator(mode="after")
    def _one_place(self) -> Out:
        if (self.path is None) == (self.sftp is None):
            raise ValueError("give either path (a folder) or sftp (a server)")
        return self


class Config(BaseModel):
    """Where the files are and how they are written. Give ``path`` or ``sftp``, or only ``out`` to read nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path | None = Field(default=None, description="folder with the files; relative: to the configuration folder")
    sftp: SftpConfig | None = Field(default=None, description="the server where the files are dropped")
    encoding: str = Field(default="utf-8", description="utf-8, utf-8-sig, cp1252, iso-8859-1 ...")
    delimiter: str = Field(default=",", description='one character; a tab is "\\t"')
    decimal: Literal[".", ","] = Field(default=".", description="decimal sign of numbers")
    quote: str = Field(default='"', max_length=1, description="what fields are quoted with; empty: nothing")
    files: dict[str, str] = Field(default={}, description="stream = pattern of file names; default {stream}.csv")
    mode: dict[str, Mode] = Field(
        default={}, description="stream = snapshot (all rows each time), period (all rows of its months) or changes"
    )

    bsn_column: dict[str, str] = Field(
        default={},
        description="stream (residents, indications) = column of its files with the BSN, from which person_key is made "
        "on the way in; the column itself goes no further; needs [privacy] pseudonym_key",
    )
    out: Out | None = Field(default=None, description="what is written here after two people signed")

    def pattern(self, stream: str) -> str:
        """The pattern of the names of a stream's files."""
        return self.files.get(stream, f"{stream}.csv")

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            "".encode(value)
        except LookupError:
            raise ValueError(f"{value} is no encoding; common ones are utf-8, utf-8-sig, cp1252, iso-8859-1") from None
        return value

    @field_validator("delimiter", "quote")
    @classmethod
    def _one_plain_character(cls, value: str) -> str:
        if value and (len(value) != 1 or not value.isascii() or value.isalnum() or value in "\r\n"):
            raise ValueError(f"{value!r} is not one plain character")
        return value

    @model_validator(mode="after")
    def _whole(self) -> Config:
        given = (self.path is not None) + (self.sftp is not None)
        if given > 1 or (not given and self.out is None):
            raise ValueError("give either path (a folder) or sftp (a server)")
        if self.delimiter in ("", self.quote, "."):
            raise ValueError("the delimiter is one character, not the quote nor a point")
        for name in [*self.files, *self.mode]:
            if name not in STREAMS:
                near = difflib.get_close_matches(name, STREAMS, 1)
                raise ValueError(f"{name} is no stream" + (f"; did you mean {near[0]}?" if near else ""))
        for name, column in self.bsn_column.items():
            if name not in KEYED:
                raise ValueError(f"{name} has no key of a person; these have: {', '.join(KEYED)}")
            if not column or (column in STREAMS[name].names and column != "person_key"):
                raise ValueError(f"{column!r} cannot be the column with the BSN of {name}: it holds something else")
        for name, mode in self.mode.items():
            if mode == "period" and not STREAMS[name].period_column:
                raise ValueError(f"{name} has no column that places a row in a month: period is not possible")
        return self
