"""Bad requests made from the OpenAPI document: `make fuzz`."""
