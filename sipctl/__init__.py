"""The operators' command line. It speaks to the REST API and knows nothing else of the service."""
