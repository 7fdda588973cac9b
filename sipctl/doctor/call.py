"""A registration and a call through the public name, with an extension that is made for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sipctl.access import Access
from sipctl.check import Check
from sipctl.own_extension import temporary
from sipctl.user_agent.self_call import Account, StepFailedError, self_call

_NAME: Final = "doctor"
_ADVICE: Final = "See the step in docs/runbook.md, Canary fails; a firewall on the way may drop UDP."


def check_call(access: Access, base: str, host: str, port: int) -> Iterator[Check]:
    """Checks each step of a call to oneself. The API makes the extension, so that it is proved as well."""
    with temporary(access, _NAME, base) as made:
        yield Check("API", True, "a customer and an extension were made.")
        parts = {name: made[name] for name in ("domain", "username", "password", "direct_address")}
        try:
            for step in self_call(Account(host=host, port=port, **parts)):
                yield Check(f"call: {step.name}", True, f"{1000 * step.seconds:.0f} ms.")
        except StepFailedError as failure:
            yield Check(f"call: {failure.step}", False, f"{failure}.", _ADVICE)
