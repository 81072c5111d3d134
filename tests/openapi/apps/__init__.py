"""One small shop on each framework: a program that prints its OpenAPI documents, or serves it."""
