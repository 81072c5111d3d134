"""Servers: one file per framework, each with one function `install(app, contract)`.

To write one: turn the framework's own errors into standard classes by a table,
hand every error to `Contract.respond` together with the request's method, path
and header fields, and send what comes back unchanged. Nothing may run on the
success path.
"""
