"""Measures one operation in the edge's own code, without sockets and without DynamoDB."""
