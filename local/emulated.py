"""`python -m local.emulated`: the emulator, with the one thing that it lacks.

Streams of tables show what was updated by PartiQL, which is how an edge writes; ministack's (1.5.33) don't.
"""

from __future__ import annotations

from typing import Any, Final

from ministack.app import main
from ministack.services import dynamodb

_update: Final = dynamodb._partiql_update


def _update_and_tell(table: Any, parsed: Any, data: Any = None) -> Any:
    """The update, and its record in the stream if it was done."""
    partition, sort, _, error = dynamodb._partiql_key_target(table, parsed)
    before = None if error else table["items"].get(partition, {}).get(sort)
    answer = _update(table, parsed, data)
    if answer[0] == 200:
        dynamodb._emit_stream_event(table["TableName"], "MODIFY", before, table["items"][partition][sort])
    return answer


if __name__ == "__main__":
    dynamodb._partiql_update = _update_and_tell
    main()
