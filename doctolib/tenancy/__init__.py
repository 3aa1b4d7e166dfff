"""Whose rows may be seen: table classes, scopes, routing, and the migrations that isolate a table."""
