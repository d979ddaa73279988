"""Text files as they lie in the folder: decompressed, decoded, and line by line.

Encodings are told by their mark, or by where their zero bytes stand; all else is UTF-8, and
what is none is said line by line. Knows no delimiters and no JSON.
"""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import IO

import pyarrow as pa

from orchestration.landing.discover import LandedFile
from orchestration.landing.errors import UnreadableFileError

HEAD_BYTES = 64 * 1024
# A line beyond this is set aside: DuckDB's buffers end at twice as much.
MAX_LINE_CHARS = 16 * 1024**2
CHUNK_BYTES = 1024**2
_SHOWN, _AROUND = 1000, 12
# Longest first: UTF-32's mark begins as UTF-16's does.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class BadLine(str):
    """A line that cannot be a row, as far as it can be shown; `problem` says why."""

    __slots__ = ("problem",)
    problem: str

    @classmethod
    def of(cls, text: str, problem: str) -> BadLine:
        """The line with its problem."""
        line = cls(text)
        line.problem = problem
        return line


def open_bytes(file: LandedFile) -> IO[bytes] | gzip.GzipFile:
    """The file's bytes, decompressed."""
    if file.compression == "zstd":
        # The standard library reads no zstd before Python 3.14.
        stream: IO[bytes] = pa.input_stream(str(file.absolute), compression="zstd")
        return stream
    if file.compression == "gzip":
        return gzip.open(file.absolute)
    return file.absolute.open("rb")


def read_chunks(file: LandedFile, size: int = CHUNK_BYTES) -> Generator[bytes, None, None]:
    """The file's bytes, decompressed, piece by piece.

    Raises:
        UnreadableFileError: the compressed file is damaged or cut short.
    """
    try:
        with open_bytes(file) as stream:
            while chunk := stream.read(size):
                yield chunk
    except (OSError, EOFError, zlib.error) as error:
        if not file.compression:
            raise
        raise UnreadableFileError(
            f"is damaged or cut short: {error}. Deliver the file again."
        ) from error


def read_text_head(file: LandedFile) -> tuple[str, str]:
    """The beginning of a file, and its encoding as Python calls it.

    Raises:
        UnreadableFileError: the compressed file is damaged.
    """
    with closing(read_chunks(file, HEAD_BYTES)) as chunks:
        head = next(chunks, b"")
    encoding, mark = _encoding(head)
    return head[len(mark) :].decode(encoding, errors="replace"), encoding


def read_lines(file: LandedFile, encoding: str) -> Iterator[str]:
    """Every line of a text with a line feed at its end, blank ones too.

    Lines end with LF or CRLF, or with CR where the text has no other end. One that cannot be
    decoded, or is longer than `MAX_LINE_CHARS`, is a `BadLine`, in which quotes that were cut
    off open nothing.

    Raises:
        UnreadableFileError: the file is damaged, or ends amid a character of two bytes.
    """
    chunks = read_chunks(file)
    yield from _utf8_lines(chunks) if encoding == "utf-8" else _wide_lines(chunks, encoding)


def _encoding(head: bytes) -> tuple[str, bytes]:
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding, mark
    # Half of the bytes of Western text in UTF-16 are zero, on one side.
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) * 3 > len(head) and min(even, odd) * 10 < max(even, odd):
        return ("utf-16-le" if odd > even else "utf-16-be"), b""
    return "utf-8", b""


def _utf8_lines(chunks: Iterator[bytes]) -> Iterator[str]:
    held, feed = b"", b""
    for chunk in chunks:
        if not feed:
            chunk = chunk.removeprefix(codecs.BOM_UTF8)
            feed = b"\r" if b"\n" not in chunk and b"\r" in chunk[:-1] else b"\n"
        end = chunk.rfind(feed) + 1
        if not end:
            # Of a line that is too long only the beginning is kept, and that it is.
            held += chunk if len(held) <= MAX_LINE_CHARS else b""
            continue
        yield from _decoded(held + chunk[:end], feed)
        held = chunk[end:]
    if held:
        yield from _decoded(held, feed)


def _decoded(lines: bytes, feed: bytes) -> Iterator[str]:
    """Whole lines as text, at once where all of it is well."""
    if len(lines) <= MAX_LINE_CHARS:
        try:
            text = lines.decode()
        except UnicodeDecodeError:
            pass
        else:
            yield from _split(text, feed.decode())
            return
    for line in lines.removesuffix(feed).split(feed):
        if len(line) > MAX_LINE_CHARS:
            yield _too_long(line[:_SHOWN].decode(errors="replace"))
            continue
        try:
            yield line.decode() + "\n"
        except UnicodeDecodeError as error:
            yield BadLine.of(line.decode(errors="replace") + "\n", _no_utf8(line, error.start))


def _split(text: str, feed: str) -> Iterator[str]:
    for line in text.removesuffix(feed).split(feed):
        yield line + "\n"


def _too_long(beginning: str) -> BadLine:
    return BadLine.of(
        beginning.replace('"', "") + "\n",
        f"it is longer than {MAX_LINE_CHARS // 1024**2} MB",
    )


def _no_utf8(line: bytes, place: int) -> str:
    """Where a line stops being UTF-8, and what it would say in the code page of old exports."""
    start = max(0, place - _AROUND)
    read = line[start : place + _AROUND].decode("cp1252", errors="replace").strip()
    return (
        f"byte {line[place]:02X} is no UTF-8 (as Windows-1252 it reads '{read}'). Export the file "
        "as UTF-8: in Excel, Save As, 'CSV UTF-8 (Comma delimited)'"
    )


def _wide_lines(chunks: Iterator[bytes], encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
    held, feed = "", ""
    try:
        for chunk in chunks:
            text = decoder.decode(chunk)
            if not feed:
                text = text.removeprefix("\ufeff")
                feed = "\r" if "\n" not in text and "\r" in text[:-1] else "\n"
            *lines, held = (held + text).split(feed)
            yield from map(_whole, lines)
        held += decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise UnreadableFileError(
            f"is no {encoding.upper()} to its end: {error.reason}. Deliver the file again."
        ) from error
    if held:
        yield _whole(held)


def _whole(line: str) -> str:
    """A decoded line, in which half a character of two parts may stand alone."""
    if len(line) > MAX_LINE_CHARS:
        return _too_long(line[:_SHOWN])
    try:
        line.encode()
    except UnicodeEncodeError:
        shown = line.encode(errors="replace").decode()
        return BadLine.of(f"{shown}\n", "it holds half a character of UTF-16")
    return line + "\n"
