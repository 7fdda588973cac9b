"""AWS Signature Version 4, for requests that are alike but for their body."""

from __future__ import annotations

import hmac
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.credentials import ReadOnlyCredentials

_ALGORITHM: Final = "AWS4-HMAC-SHA256"


def authorization(
    credentials: ReadOnlyCredentials, region: str, service: str, headers: Mapping[str, str], body: bytes
) -> str:
    """The Authorization header of a POST to `/`.

    `headers` are all that it is to cover, names in lower case, with `host` and `x-amz-date` (`20150830T123600Z`).
    """
    date = headers["x-amz-date"]
    scope = f"{date[:8]}/{region}/{service}/aws4_request"
    names = sorted(headers)
    signed = ";".join(names)
    lines = "\n".join([f"{name}:{headers[name]}" for name in names])
    canonical = f"POST\n/\n\n{lines}\n\n{signed}\n{sha256(body).hexdigest()}"
    to_sign = f"{_ALGORITHM}\n{date}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
    signature = _mac(_key(credentials.secret_key, date[:8], region, service), to_sign).hex()
    return f"{_ALGORITHM} Credential={credentials.access_key}/{scope}, SignedHeaders={signed}, Signature={signature}"


@lru_cache(4)
def _key(secret: str, day: str, region: str, service: str) -> bytes:
    """The key of a day."""
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = _mac(key, part)
    return key


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
