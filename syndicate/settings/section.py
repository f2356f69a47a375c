"""What all sections of the settings have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Frozen; an unknown name is an error, for it is most often a misspelt one."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)
