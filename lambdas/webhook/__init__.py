"""Webhooks: signing events and delivering them to where customers want them."""
