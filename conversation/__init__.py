"""The live side: who talks to whom right now, who waits, and how a talk ends."""
