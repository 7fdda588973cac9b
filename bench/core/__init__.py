"""What one operation costs in the edge's own code, without sockets and without DynamoDB."""
