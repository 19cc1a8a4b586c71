"""The asynchronous front: reads requests whole, then has a thread answer them.

A sender that drips its body a byte at a time holds a small object here and no thread.
See docs/adr/0011-requests-are-read-before-a-thread-is-taken.md.
"""
