"""The tools, one module a profile: parse, call a service, render."""
