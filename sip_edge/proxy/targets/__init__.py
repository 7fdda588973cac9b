"""The targets of requests (RFC 3261 §16.5), and the flows to them.

The package also has the wait for a device that is gone, silent or asleep, and its push.
"""
