"""Plays transactions and registrations through every event in every state, and draws docs/states.md of the outcome."""
