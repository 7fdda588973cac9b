"""`/openapi.json`: the API's description of itself, for everyone."""

from __future__ import annotations

from typing import Any, Final

from lambdas import api
from lambdas.openapi.document import document

_app: Final = api.resolver()
_document: Final = document()

handler = api.handler_of(_app)


@_app.get("/openapi.json", cache_control="public, max-age=300")
def get() -> dict[str, Any]:
    """The OpenAPI document."""
    return _document
