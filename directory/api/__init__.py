"""The directory as functions use it: one module for each resource of the API."""
