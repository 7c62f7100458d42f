"""Makes payloads smaller before they are sealed; it needs no key, and nothing that is slow to load.

It may be done by another process: there are so many of them that whoever lets go of the interpreter
for each would wait for it each time.
"""

from isal import isal_zlib

DEFLATED = b"\x02"
"""What was deflated begins with it, sealed or not; the seal vouches for that, too."""
_LONG = 512
"""From so many bytes on contents are deflated."""
_FASTEST = 0
_BARE = -15
"""The size of the window, and no header: the seal says itself whether anything has changed."""


def deflated(content: bytes) -> bytes:
    """Content as it is sealed: smaller, behind a mark, where that can be."""
    if len(content) >= _LONG:
        small = isal_zlib.compress(content, _FASTEST, _BARE)
        if len(small) < len(content):
            return DEFLATED + small
    return content


def inflated(content: bytes) -> bytes:
    """What went through `deflated`, as it was."""
    return isal_zlib.decompress(content[1:], _BARE) if content.startswith(DEFLATED) else content
