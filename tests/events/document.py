"""`python -m tests.events.document`: write the schema of all events to docs/events-1.schema.json."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import TypeAdapter

from lambdas.model.event import VERSION, Event

FILE = Path(__file__).parents[2] / "docs" / f"events-{VERSION}.schema.json"


def schema() -> str:
    """The JSON Schema of an event."""
    found = TypeAdapter(Event).json_schema()
    return (
        json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Event", **found}, indent=2)
        + "\n"
    )


if __name__ == "__main__":
    FILE.write_text(schema())
