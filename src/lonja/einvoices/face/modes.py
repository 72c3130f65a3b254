"""How the stand-in FACe may behave: as it is told on the command line, and what it is inside."""

MODES = {"ok": "", "down": "down", "fault": "fault", "lost": "lost", "refuse": "refuse"}
