"""Encrypts the private keys of push apps under a KMS key, and decrypts them.

The ids of the customer and of the app are the encryption context. So the key of one item is of no use in another. A key
has at most 4 KB, so KMS encrypts it directly, and there is no data key to keep.
"""

from __future__ import annotations

import base64
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from directory.client import kms
from directory.errors import CredentialsUnreadableError
from directory.schema.model import PushApp

_NOT_OF_THIS_ITEM: Final = frozenset(("InvalidCiphertextException", "IncorrectKeyException"))


class KeySealer:
    """Encrypts for the edges. It may not decrypt."""

    def __init__(self, kms_key: str) -> None:
        """`kms_key` is the id or the ARN of the KMS key."""
        self._kms_key = kms_key

    def seal(self, customer_id: str, app_id: str, private_key: bytes) -> str:
        """Returns a private key of an app, encrypted, in base64. Raises botocore's ClientError and BotoCoreError."""
        context = _encryption_context(customer_id, app_id)
        sealed = kms().encrypt(KeyId=self._kms_key, Plaintext=private_key, EncryptionContext=context)
        return base64.b64encode(sealed["CiphertextBlob"]).decode()


def open_key(app: PushApp) -> bytes:
    """Returns an app's private key, b"" for one that was not encrypted for this item. Waits, so edges use threads.

    Raises CredentialsUnreadableError, and KeyError naming the variable when no region is set.
    """
    context = _encryption_context(app.customer_id, app.id)
    try:
        opened = kms().decrypt(CiphertextBlob=base64.b64decode(app.sealed_key), EncryptionContext=context)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _NOT_OF_THIS_ITEM:
            return b""
        raise CredentialsUnreadableError(code) from None
    except BotoCoreError as error:
        raise CredentialsUnreadableError(type(error).__name__) from None
    plaintext: bytes = opened["Plaintext"]
    return plaintext


def _encryption_context(customer_id: str, app_id: str) -> dict[str, str]:
    return {"customer_id": customer_id, "push_app_id": app_id}
