"""Lists the ports of the balancer for phones, and those of the edges for the balancer and for each other."""

from __future__ import annotations

from typing import Final

# The balancer's, for phones. At the edges SIP has the same.
SIP: Final = 5060
TLS: Final = 5061
WSS: Final = 443

# The edges', for the balancer: connections whose TLS it has ended, and its question whether they are well.
BALANCED_TLS: Final = 5081
BALANCED_WSS: Final = 5083
HEALTH: Final = 8080

# The edges', for each other.
FLEET: Final = 5070

# The rtpengines': what edges ask of them, and sound, from anywhere. A call has four ports, so this is for 250 calls.
NG: Final = 2223
SOUND_FIRST: Final = 30000
SOUND_LAST: Final = 30999
