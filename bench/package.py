"""Small Hex packages, built without any tool of the ecosystem."""

import gzip
import hashlib
import io
import tarfile


def build(name, version, files):
    """A package tarball of version 3 with these files (a dict of path and bytes)."""
    entries = {"VERSION": b"3", "CHECKSUM": b"", "metadata.config": metadata(name, version, files)}
    # Level 1: the contents are either small or random.
    entries["contents.tar.gz"] = gzip.compress(tar(files), 1, mtime=0)
    checked = entries["VERSION"] + entries["metadata.config"] + entries["contents.tar.gz"]
    entries["CHECKSUM"] = hashlib.sha256(checked).hexdigest().upper().encode()
    return tar(entries)


def metadata(name, version, files):
    paths = ",".join(f'<<"{path}">>' for path in files)
    return (
        f'{{<<"name">>,<<"{name}">>}}.\n'
        f'{{<<"version">>,<<"{version}">>}}.\n'
        f'{{<<"app">>,<<"{name}">>}}.\n'
        '{<<"description">>,<<"A package to measure with">>}.\n'
        '{<<"licenses">>,[<<"Apache-2.0">>]}.\n'
        '{<<"links">>,[]}.\n'
        f'{{<<"files">>,[{paths}]}}.\n'
        '{<<"requirements">>,[]}.\n'
        '{<<"build_tools">>,[<<"mix">>]}.\n'
    ).encode()


def tar(entries):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path, content in entries.items():
            info = tarfile.TarInfo(path)
            info.size, info.mode = len(content), 0o644
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()
