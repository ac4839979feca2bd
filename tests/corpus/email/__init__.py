"""Mails with what they say: written by hand from how each program writes, and turned into bytes here.

``replies/<language>.txt`` are formats of replies: ``@sender``, several ``@reply`` and ``@original`` texts, and the
``@format``s in which they stand. ``{reply}`` is a reply, ``{original}`` what it answers, ``{> original}`` the same with
``> `` before each line. ``[signature]``, ``[quote]`` and ``[new]`` on a line of their own say what follows; what is no
reply and no signature is quoted. Each format is one mail for each reply.

``mails/*.txt`` are whole mails with what is to be read in them, ``charsets.txt`` texts in charsets and misnamed ones.
"""

from __future__ import annotations
