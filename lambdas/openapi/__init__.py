"""The API described as an OpenAPI 3.1 document, made from the models."""
