"""Clients: one file per HTTP library, each with one function `raise_for_problem(response, contract=None)`."""
