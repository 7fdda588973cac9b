"""Commands about an environment in AWS: before its deployment, while it runs, and after a disaster."""
