"""The bodies and answers of the API: the rules for each field, and the shape of each answer."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, field_validator
from pydantic_core import PydanticCustomError


class Model(BaseModel):
    """The body of a request. Nothing is converted, nothing unknown is accepted, and no error repeats a value."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)

    @field_validator("*", mode="before")
    @classmethod
    def _is_given(cls, value: object) -> object:
        """A field may be absent, but when it is there it has a value.

        A null would say neither "keep" nor "clear".
        """
        if value is None:
            raise PydanticCustomError("null", "This must not be null.")
        return value


# A line for people to read, so without control characters.
Name = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
