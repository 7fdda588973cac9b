"""Backs an environment up and restores it: the tables that last, and all secrets."""
