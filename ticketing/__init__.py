"""The durable side: tickets and their threads, the service catalog, views and search."""
