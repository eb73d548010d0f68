"""Retention by policy: what a namespace's admins want kept, put aside, archived or erased, and after how long."""
