"""Extensions that belong to the operator's own tools, each with a customer of its own."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from sipctl.access import Access
from sipctl.failure import FailedError

_PASSWORD_BYTES: Final = 32


def created(access: Access, name: str, base: str) -> dict[str, Any]:
    """Makes a customer and an extension of that name with a direct address, and returns what an agent needs.

    That is `customer_id`, `domain`, `username`, `password` and `direct_address`. Raises FailedError.
    """
    customer_id = access.operator().post("/customers", {"name": name})["id"]
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    with access.acting_for(customer_id) as api:
        body = {"name": name, "username": name, "password": password, "direct": True}
        extension = api.post("/extensions", body)
    return {
        "customer_id": customer_id,
        "extension_id": extension["id"],
        "domain": extension["domain_name"],
        "username": name,
        "password": password,
        "direct_address": f"sip:direct.{extension['direct_hash']}@sip.{base}",
    }


@contextmanager
def temporary(access: Access, name: str, base: str) -> Iterator[dict[str, Any]]:
    """Such an extension that is deleted afterwards, with its customer. Raises FailedError."""
    made = created(access, name, base)
    try:
        yield made
    finally:
        with suppress(FailedError):
            with access.acting_for(made["customer_id"]) as api:
                api.delete(f"/extensions/{made['extension_id']}")
            access.operator().delete(f"/customers/{made['customer_id']}")
