"""The REST API: gateway -> handler -> model -> directory."""
