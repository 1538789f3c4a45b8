"""What a crash leaves behind: no image of memory on the disk.

A core file of a process that holds an open store would hold its keys and whatever was on the screen, unencrypted and
beside the user's files (promise 2). Rules: (1) it is switched off before a passphrase is read, for this process and for
the children it starts; (2) where the system knows no such limit (Windows), nothing is done: there such images are the
administrator's choice and stand in docs/threat-model.md.
"""


def leave_no_image() -> None:
    """No core file of this process and its children."""
    try:
        import resource
    except ImportError:  # Windows
        return
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    except (ValueError, OSError):
        return  # a system that refuses it leaves none either, or leaves it to its administrator
