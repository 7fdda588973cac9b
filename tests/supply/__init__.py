"""Tests of the locks and of the bill of materials."""
