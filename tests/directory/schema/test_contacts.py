"""Contacts without push parameters."""

from __future__ import annotations

import pytest

from directory.schema.contacts import without_push_parameters


@pytest.mark.parametrize(
    ("contact", "public"),
    [
        ("sip:a@10.0.0.5:5060", "sip:a@10.0.0.5:5060"),
        ("sip:a@h;transport=tls;ob", "sip:a@h;transport=tls;ob"),
        ("sip:a@h;pn-provider=fcm;pn-param=p;pn-prid=x:y_-z;transport=tls", "sip:a@h;transport=tls"),
        ("sip:a@[2001:db8::1]:5061;pn-prid=a:voip&b:remote", "sip:a@[2001:db8::1]:5061"),
        ("sip:a@h;PN-PRID=x;Transport=TLS", "sip:a@h;Transport=TLS"),
        ("sip:a@h;%70n-prid=x;p%6e%2Dtok=y;lr", "sip:a@h;lr"),
        ("sip:a@h;pn-provider", "sip:a@h"),
        ("sip:a@h;app-id=c.voip.prod;pn-type=apple;pn-tok=x", "sip:a@h"),
        ("sip:a@h;pn-prid=x?Subject=pn-", "sip:a@h?Subject=pn-"),
        ("sip:a;pn-prid=x@h;lr", "sip:a@h;lr"),
        ("sip:open-app@h;lr", "sip:open-app@h;lr"),
        ("Contact: <sip:a@h;pn-prid=x>;expires=60", "Contact: <sip:a@h>;expires=60"),
        ("m: <sip:a@h;pn-prid=x;ob>, <sip:b@h;pn-prid=y>;q=0.5", "m: <sip:a@h;ob>, <sip:b@h>;q=0.5"),
        ('Contact: "a" <sip:a@h>;pn-prid="x, y";q=1', 'Contact: "a" <sip:a@h>;q=1'),
        ("Contact: <sip:a@h>;pn-prid=x, <sip:b@h>", "Contact: <sip:a@h>, <sip:b@h>"),
        ("Contact: sip:a@h ; pn-prid = x;q=1", "Contact: sip:a@h ;q=1"),
        ("*", "*"),
    ],
)
def test_push_parameters_are_left_out(contact: str, public: str) -> None:
    assert without_push_parameters(contact) == public
