"""Deletes customers that steps have made."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Final

from sipctl.access import Access
from sipctl.failure import FailedError

AT_ONCE: Final = 200
"""The number of calls that fit into the ten minutes of a key by which an operator acts for a customer."""

_GONE: Final = ("not_found", "not_deployed")


def delete_customer(access: Callable[[], Access], customer_id: str) -> None:
    """Delete a customer with all extensions. A customer that is gone, perhaps with its stacks, is no failure.

    Raises FailedError.
    """
    try:
        while _delete_some(access(), customer_id):
            pass
        access().operator().delete(f"/customers/{customer_id}")
    except FailedError as failure:
        if failure.problem["code"] not in _GONE:
            raise


def _delete_some(access: Access, customer_id: str) -> bool:
    """Delete extensions as long as a key lives. Returns whether there were any."""
    with access.acting_for(customer_id) as api:
        some = list(islice(api.all("/extensions"), AT_ONCE))
        for extension in some:
            api.delete(f"/extensions/{extension['id']}")
    return bool(some)
