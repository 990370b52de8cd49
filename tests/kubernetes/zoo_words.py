"""Text and times that the zoo's objects share."""

import datetime

# What a careless program would let through to the terminal: colours, a title, a cleared screen, a bell, a C1 introducer.
ESCAPES = "\x1b[31mred\x1b[2J\x1b]0;title\x07 \x9b5mblink"
# Overrides the direction of what follows, isolates it, and hides in no width at all.
BIDI = "safe\u202egnp.exe\u2066 \u200bzero\u2069"
# Two columns each, some of several code points, one combining.
WIDE = "起動失敗 🐘👩\u200d🚀 e\u0301té"


def ago(seconds):
    moment = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def long_name(length):
    """A name of that length as controllers make them: words, and a hash at its end."""
    words = "the-importer-of-all-the-orders-of-yesterday-and-the-day-before-"
    return (words * 6)[: length - 17].rstrip("-").ljust(length - 17, "x") + "-5c8d7f9b64-9qwzx"
