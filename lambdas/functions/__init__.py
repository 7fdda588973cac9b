"""The functions: one entry point a file. The gateway, a stream, a queue or a secret's rotation calls each."""
