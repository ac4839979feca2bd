"""The telephone: lines, calls and voice menus will live here, in a process of their own (docs/adr/0004)."""
