"""`/openapi.json`: the API's description of itself, for everyone."""

from __future__ import annotations

from typing import Any, Final

from lambdas.http import resolver
from lambdas.openapi.document import document

_app: Final = resolver.resolver()
_document: Final = document()

handler = resolver.handler_of(_app)


@_app.get("/openapi.json", cache_control="public, max-age=300")
def get() -> dict[str, Any]:
    """The OpenAPI document."""
    return _document
