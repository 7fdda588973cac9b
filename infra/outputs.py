"""The names of the stacks' outputs."""

from __future__ import annotations

from typing import Final

from directory.schema.tables import Table

API_URL: Final = "ApiUrl"
BASE_DOMAIN: Final = "BaseDomain"
REALM: Final = "Realm"
SIP_HOST: Final = "SipHost"
EVENT_BUS: Final = "EventBus"
PAGE_URL: Final = "PageUrl"
ALARM_TOPIC: Final = "AlarmTopic"
CANARY: Final = "CanarySecret"


def table_name(table: Table) -> str:
    """The output that holds the deployed name of a table, like `AccessKeysTable`."""
    return "".join(word.capitalize() for word in table.name.split("_")) + "Table"
