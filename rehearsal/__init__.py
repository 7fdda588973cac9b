"""Rehearses one day of an environment on AWS: deploys it, puts it to the test, restores and destroys it."""
