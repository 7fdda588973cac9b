"""Tests of push notifications, and the stand-ins of their providers."""
