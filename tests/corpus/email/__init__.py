"""Mails with what they say: written by hand from how each program writes, and turned into bytes here.

``replies/<language>.txt``: formats of replies. ``@sender``, several ``@reply`` and ``@original`` texts, and ``@format``s in
which they stand; ``{reply}`` is a reply, ``{original}`` what it answers, ``{> original}`` the same with ``> `` before each line.
A format starts as new text; ``[quote]``, ``[signature]`` and ``[new]`` on a line of their own change what follows. Without any
``[quote]`` everything but the reply is quoted. Each format is one mail for each reply.
"""

from __future__ import annotations
