"""A minimal SIP user agent over UDP that registers, calls itself, and listens for its own tones.

The canary runs it as a function and `sipctl doctor` from a terminal. It needs the standard library alone.
"""
