"""Whether policies allow a call (IAM User Guide, "Policy evaluation logic" and "IAM JSON policy elements")."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Statement = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """A call of an AWS API. `principal` is a service's name like `cloudwatch.amazonaws.com`, or the ARN of a role.

    `context` holds the condition keys that AWS sets for the call. Their names have no case.
    """

    principal: str
    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_of_service(self) -> bool:
        """Whether a service calls by itself, not as a role."""
        return self.principal.endswith(".amazonaws.com")


def is_allowed(call: Call, identity: Iterable[Statement], resource: Iterable[Statement]) -> bool:
    """Whether a call in one account is allowed by the caller's own statements and by those of the resource.

    One explicit Deny refuses. Of a role's call either side may allow it; a service has no statements of its own.
    """
    found = {
        *(s["Effect"] for s in identity if _fits(s, call)),
        *(s["Effect"] for s in resource if _names_principal(s, call) and _fits(s, call)),
    }
    return "Deny" not in found and "Allow" in found


def _fits(statement: Statement, call: Call) -> bool:
    return (
        _matches(statement, "Action", call.action, re.IGNORECASE)
        and _matches(statement, "Resource", call.resource)
        and all(
            _holds(operator, key, _as_list(values), call.context)
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def _matches(statement: Statement, element: str, value: str, flags: int = 0) -> bool:
    if f"Not{element}" in statement:
        return not any(_like(pattern, value, flags) for pattern in _as_list(statement[f"Not{element}"]))
    # The policy of a function or a role names no resource: it stands at its own.
    return any(_like(pattern, value, flags) for pattern in _as_list(statement.get(element, "*")))


def _names_principal(statement: Statement, call: Call) -> bool:
    principal = statement.get("Principal")
    if principal == "*":
        return True
    if not isinstance(principal, Mapping):
        return False
    if call.is_of_service:
        return call.principal in _as_list(principal.get("Service", ())) or "*" in _as_list(principal.get("AWS", ()))
    account = call.principal.split(":")[4]
    # The account's root in a key policy lets its roles in whose own statements allow it; here it counts as the account.
    return any(name in ("*", call.principal, account) for name in _as_list(principal.get("AWS", ())))


def _holds(operator: str, key: str, wanted: list[str], context: Mapping[str, str]) -> bool:
    name = operator.removesuffix("IfExists")
    values = {other.lower(): value for other, value in context.items()}
    value = values.get(key.lower())
    if name == "Null":
        return (value is None) == (wanted == ["true"])
    if value is None:
        return operator.endswith("IfExists") or "Not" in name
    match name:
        case "StringEquals":
            return value in wanted
        case "StringNotEquals":
            return value not in wanted
        case "StringLike" | "ArnLike" | "ArnEquals":
            return any(_like(pattern, value) for pattern in wanted)
        case "StringNotLike" | "ArnNotLike" | "ArnNotEquals":
            return not any(_like(pattern, value) for pattern in wanted)
        case "Bool":
            return value.lower() in [str(each).lower() for each in wanted]
    raise NotImplementedError(operator)


def _like(pattern: str, value: str, flags: int = 0) -> bool:
    """Whether a value fits a pattern in which `*` stands for any characters and `?` for one."""
    expression = "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.fullmatch(expression, value, flags | re.DOTALL) is not None


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]
