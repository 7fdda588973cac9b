"""Spellings of a From: those by which a caller would be one of ours, and those of strangers.

`boss` is the username of the extension that the caller would be, `domain` that extension's.
"""

from __future__ import annotations

from typing import Final

REFUSED: Final = {
    "plain": "<sip:{boss}@{domain}>",
    "sips": "<sips:{boss}@{domain}>",
    "upper case": "<SIP:{boss}@{upper}>",
    "no brackets": "sip:{boss}@{domain}",
    "a trailing dot": "<sip:{boss}@{domain}.>",
    "two trailing dots": "<sip:{boss}@{domain}..>",
    "an empty label": "<sip:{boss}@{double}>",
    "a port": "<sip:{boss}@{domain}:5060>",
    "port 0": "<sip:{boss}@{domain}:0>",
    "port 65536": "<sip:{boss}@{domain}:65536>",
    "an endless port": "<sip:{boss}@{domain}:000000000005060>",
    "an empty port": "<sip:{boss}@{domain}:>",
    "1,100 characters": "<sip:{boss}@{domain};x={long}>",
    "a long user part": "<sip:{boss};x={long}@{domain}>",
    "brackets": "<sip:{boss}@[{domain}]>",
    "half a bracket": "<sip:{boss}@[{domain}>",
    "IPv6": "<sip:{boss}@[::1]@{domain}>",
    "two at signs": "<sip:x@outside.example@{domain}>",
    "two at signs, ours first": "<sip:{boss}@{domain}@outside.example>",
    "an escaped dot": "<sip:{boss}@{escaped}>",
    "an escaped at sign": "<sip:{boss}%40{domain}@outside.example>",
    "all escaped": "<sip:{boss}%40{escaped}@outside.example>",
    "an odd escape": "<sip:{boss}%4@outside.example>",
    "an escape cut off": "<sip:{boss}@{domain}%>",
    "a NUL": "<sip:{boss}@{domain}%00.outside.example>",
    "a password": "<sip:{boss}:x@{domain}>",
    "a password of ours": "<sip:{boss}@{domain}:x@outside.example>",
    "an odd user part": "<sip:{boss}&=+$,;?/@{domain}>",
    "a quote in the user part": '<sip:{boss}"@{domain}>',
    "no user part": "<sip:{domain}>",
    "an empty user part": "<sip:@{domain}>",
    "slashes": "<sip://{boss}@{domain}>",
    "an underscore": "<sip:{boss}@x_{domain}>",
    "a space before the scheme": "< sip:{boss}@{domain}>",
    "a space behind the scheme": "<sip: {boss}@{domain}>",
    "a space before the colon": "<SIP :{boss}@{domain}>",
    "a space in the host": "<sip:{boss}@{domain} >",
    "a parameter": "<sip:{boss}@{domain};transport=tcp>",
    "a phone-context in the user part": "<sip:{boss};phone-context={domain}@outside.example;user=phone>",
    "a phone-context in a parameter": "<sip:{boss}@outside.example;phone-context={domain}>",
    "a header": "<sip:x@outside.example?From=sip:{boss}%40{domain}>",
    "a header of no meaning": "<sip:x@outside.example?a=b>",
    "maddr": "<sip:{boss}@outside.example;maddr={domain}>",
    "a parameter of a bare URI": "sip:{boss};x=y@{domain}",
    "no scheme": "<{boss}@{domain}>",
    "no scheme, no brackets": "{boss}@{domain}",
    "no scheme, a stranger": "<x@outside.example>",
    "tel": "<tel:{boss};phone-context={domain}>",
    "tel without brackets": "tel:{boss};phone-context={domain}",
    "tel in upper case": "<TEL:{boss};PHONE-CONTEXT={upper}>",
    "tel with a dot": "<tel:{boss};phone-context={domain}.>",
    "tel, escaped": "<tel:{boss};phone-context={escaped}>",
    "tel, of the whole service": "<tel:1;phone-context={base}>",
    "im": "<im:{boss}@{domain}>",
    "pres": "<pres:{boss}@{domain}>",
    "xmpp": "<xmpp:{boss}@{domain}/desk>",
    "mailto": "<mailto:{boss}@{domain}?subject=x>",
    "http": "<http://{boss}@{domain}/>",
    "https with a port": "<https://{boss}:x@{domain}:443/>",
    "urn": "<urn:x:{boss}@{domain}>",
    "an unknown scheme": "<x-sip+1.0:{boss}@{domain}>",
    "an escaped scheme": "<sip%3A{boss}@{domain}>",
    "a character without width": "<im:{boss}@\u200b{domain}>",
    "one of that kind in the middle": "<im:{boss}@{split}>",
    "a space before it": "<im:{boss}%20sip.{base}>",
    "the registrar": "<sip:{boss}@registrar.{base}>",
    "the direct addresses": "<sip:{boss}@sip.{base}>",
    "the base": "<sip:{boss}@{base}>",
    "anonymous": "<sip:anonymous@{domain}>",
    "two values": "<sip:x@outside.example>, <sip:{boss}@{domain}>",
    "two values behind a tag": "<sip:x@outside.example>;tag=a, <sip:{boss}@{domain}>",
    "two addresses": "<sip:x@outside.example> <sip:{boss}@{domain}>",
    "an open quote": '"<sip:{boss}@{domain}> <sip:x@outside.example>',
}
"""These are refused, or have to be proved."""

STRANGERS: Final = {
    "an outsider": "<sip:x@outside.example>",
    "another host of the base": "<sip:x@mail.{base}>",
    "our name within another": "<sip:{boss}@{domain}.outside.example>",
    "a number": "<tel:+15551234>",
    "anonymous.invalid": '"Anonymous" <sip:anonymous@anonymous.invalid>',
    "a display name": '"{boss}@{domain}" <sip:x@outside.example>',
    "a URI for a name": '"sip:{boss}@{domain}" <sip:x@outside.example>',
    "an address for a name": '"<sip:{boss}@{domain}>" <sip:x@outside.example>',
    "an escaped quote in the name": '"x\\" <sip:{boss}@{domain}>" <sip:x@outside.example>',
    "an escape in the name": '"x\\\\" <sip:x@outside.example>',
}
"""These are strangers to every phone."""


def spell(spelling: str, boss: str, domain: str, base: str) -> str:
    """The value of a From."""
    return spelling.format(
        boss=boss,
        domain=domain,
        base=base,
        upper=domain.upper(),
        escaped=domain.replace(".", "%2e"),
        double=domain.replace(".registrar.", ".registrar.."),
        split=domain.replace("registrar", "regis\u200btrar"),
        long="x" * 1100,
    )
