"""Decides in which encoding a text file is written, and turns any other than UTF-8 into it.

Knows where every byte of the UTF-8 text stood in the original file. Does not know lines' meaning.
"""

import codecs
from bisect import bisect, insort
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from charset_normalizer import CharsetMatch, from_bytes

from flows.ingest.parts import Refusal, made

CHUNK_BYTES, SAMPLE_BYTES, BINARY_BYTES = 2**20, 256 * 1024, 16 * 1024
# charset-normalizer's answer does not change with more, its time does.
MAX_OLDER_TEXT = 64 * 1024
# The longer marks first: UTF-32's begins like UTF-16's.
MARKS = {
    codecs.BOM_UTF8: ("utf-8-sig", "utf-8"),
    codecs.BOM_UTF32_LE: ("utf-32", "utf-32-le"),
    codecs.BOM_UTF32_BE: ("utf-32", "utf-32-be"),
    codecs.BOM_UTF16_LE: ("utf-16", "utf-16-le"),
    codecs.BOM_UTF16_BE: ("utf-16", "utf-16-be"),
}
WIDE = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
# Control characters that no text has; \x01 and \x1c to \x1f separate fields in some exports.
NO_TEXT = bytes([0, *range(2, 9), *range(14, 27)])
# Of UTF-16 text in any script, by its line ends and delimiters alone.
MIN_SHARE_ZERO = 0.05
MAX_NO_TEXT, MAX_SHARE_NO_TEXT = 16, 0.02


@dataclass(frozen=True)
class Encoding:
    """A text's encoding: its recorded name, Python's codec, how sure it is, and how long the mark before it.

    `is_settled` is false while the rest of the file may still show that a sample of UTF-8 was none.
    """

    name: str
    codec: str
    confidence: float
    mark_bytes: int = 0
    is_settled: bool = True

    @property
    def is_utf8(self) -> bool:
        """Tell whether the file can be read as it is."""
        return self.codec in ("utf-8", "ascii")


def detect_encoding(path: Path, declared: str | None = None) -> Encoding:
    """Return the encoding that is declared, marked, shown by its zero bytes, UTF-8, or the most plausible older one.

    Raises
    ------
    Refusal
        When the content is no text.
    """
    with path.open("rb") as stream:
        sample = stream.read(SAMPLE_BYTES)
    mark = next((each for each in MARKS if sample.startswith(each)), b"")
    if declared:
        return _declared(declared, mark)
    if mark:
        name, codec = MARKS[mark]
        return Encoding(name, codec, 1.0, len(mark))
    if wide := _wide(sample):
        return Encoding(wide, wide, 0.9)
    begin = sample[:BINARY_BYTES]
    if len(begin) - len(begin.translate(None, NO_TEXT)) > max(MAX_NO_TEXT, MAX_SHARE_NO_TEXT * len(begin)):
        raise Refusal("it holds bytes no text has, so it is no CSV; move it away, or declare its file_format")
    if _is_utf8(sample[: sample.rfind(b"\n") + 1] or sample):
        return Encoding("utf-8", "utf-8", 1.0, is_settled=False)
    return encoding_of_all_lines(path)


def _declared(name: str, mark: bytes) -> Encoding:
    try:
        "".encode(name)  # refuses those between texts, such as rot13
        codec = codecs.lookup(name).name
    except (LookupError, UnicodeError):
        raise Refusal(f"the declared encoding '{name}' does not exist; use a name such as utf-8 or cp1252") from None
    marked = MARKS.get(mark, ("", ""))[1]
    if marked.startswith(codec.removesuffix("-sig")):
        return Encoding(name, marked, 1.0, len(mark))
    return Encoding(name, {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(codec, codec), 1.0)


def _wide(sample: bytes) -> str | None:
    """Return UTF-16 or UTF-32 if the sample is text in it; every ASCII character of theirs has zero bytes."""
    if sample.count(0) < MIN_SHARE_ZERO * len(sample):
        return None
    for codec in WIDE:
        text = sample[: len(sample) // 4 * 4].decode(codec, errors="replace")
        # In the wrong byte order a line feed is no line feed.
        is_text = text.isascii() or "\n" in text or "\r" in text
        if is_text and text.count("\0") + text.count("\ufffd") <= 1 + MAX_SHARE_NO_TEXT * len(text):
            return codec
    return None


def encoding_of_all_lines(path: Path) -> Encoding:
    """Return UTF-8 when most non-ASCII lines of the whole file are, else the most plausible older encoding.

    Lines that are no UTF-8 are bad records of a UTF-8 file, not a reason to read all others wrong.
    """
    utf8, others, older = 0, 0, bytearray()
    for line in _lines(path):
        if _is_utf8(line):
            utf8 += 1
        else:
            others += 1
            if len(older) < MAX_OLDER_TEXT:
                older += line
    if utf8 >= others:
        return Encoding("utf-8", "utf-8", round(utf8 / (utf8 + others), 4) if utf8 else 1.0)
    return _older_encoding(bytes(older))


def _lines(path: Path) -> Iterator[bytes]:
    """Yield the lines that are not ASCII, each at most a chunk long."""
    with path.open("rb") as stream:
        while line := stream.readline(CHUNK_BYTES):
            if not line.isascii():
                yield line


def _older_encoding(text: bytes) -> Encoding:
    """Return cp1252 unless the text speaks against it.

    Few bytes look the same in many encodings ("François" is a word in Baltic and Thai code pages too), so that a bare
    best guess differs from one night's file to the next. cp1252 is what the WHATWG encoding standard falls back to.
    """
    western, best = from_bytes(text, cp_isolation=["cp1252"]).best(), from_bytes(text).best()
    if western is not None and (best is None or western.chaos <= best.chaos):
        return _guessed(western)
    if best is None or best.encoding.startswith("utf"):
        return Encoding("latin-1", "latin-1", 0.5)
    return _guessed(best)


def _guessed(match: CharsetMatch) -> Encoding:
    return Encoding(match.encoding, match.encoding, round(1 - match.chaos, 4))


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


class _Checkpoint(NamedTuple):
    """The same place in the UTF-8 text and in the original file."""

    text: int
    original: int


class Text:
    """A file's content as UTF-8, and the way back to the original bytes.

    Attributes
    ----------
    path
        The UTF-8 text: the file itself where it is UTF-8. What is no text stands in it as bytes that no UTF-8 has.
    start
        Where the text begins in `path`, behind a byte order mark.
    """

    def __init__(self, original: Path, encoding: Encoding, scratch: Path) -> None:
        self._original, self._encoding = original, encoding
        self.path, self.start = original, encoding.mark_bytes
        if not encoding.is_utf8:
            self.path, self.start = made(scratch) / "content.utf8.csv", 0
            self._checkpoints = _transcode(original, encoding, self.path)

    def original(self, start: int, end: int) -> tuple[int, bytes]:
        """Return where a stretch of the text begins in the original file, and its bytes there."""
        first, last = self._place(start), self._place(end)
        with self._original.open("rb") as stream:
            stream.seek(first)
            return first, stream.read(last - first)

    def _place(self, position: int) -> int:
        if self._encoding.is_utf8:
            return position
        known = self._checkpoints[bisect(self._checkpoints, position, key=attrgetter("text")) - 1]
        with self.path.open("rb") as stream:
            stream.seek(known.text)
            text = stream.read(position - known.text).decode(errors="surrogateescape")
        place = known.original + _original_length(text, self._encoding.codec)
        # Records are asked for one after another: the next one is found from here.
        insort(self._checkpoints, _Checkpoint(position, place))
        return place


def _original_length(text: str, codec: str) -> int:
    if codec.startswith("utf-16"):
        return len(text.encode("utf-16-le", errors="surrogatepass"))
    if codec.startswith("utf-32"):
        return 4 * len(text)
    return len(text.encode(codec, errors="surrogateescape"))


def _transcode(original: Path, encoding: Encoding, target: Path) -> list[_Checkpoint]:
    """Write the text as UTF-8; returns a checkpoint per chunk.

    Raises
    ------
    Refusal
        When the file ends within a character, or the declared encoding is none for text.
    """
    unit = 4 if encoding.codec.startswith("utf-32") else 2 if encoding.codec.startswith("utf-16") else 1
    if original.stat().st_size % unit:
        raise Refusal(f"it ends within a character ({encoding.name}), so it is cut off; fetch the file again")
    try:
        return list(_transcoded(original, encoding, target, "surrogateescape" if unit == 1 else MARK_BAD))
    except (UnicodeError, ValueError, AssertionError) as error:
        raise Refusal(f"it cannot be read as {encoding.name} ({error}); declare its encoding") from error


def _transcoded(original: Path, encoding: Encoding, target: Path, errors: str) -> Iterator[_Checkpoint]:
    decoder = codecs.getincrementaldecoder(encoding.codec)(errors)
    with original.open("rb") as source, target.open("wb") as copy:
        source.seek(encoding.mark_bytes)
        chunk = b"-"
        while chunk:
            yield _Checkpoint(copy.tell(), source.tell() - len(decoder.getstate()[0]))
            chunk = source.read(CHUNK_BYTES)
            copy.write(decoder.decode(chunk, final=not chunk).encode(errors="surrogateescape"))


# Python's surrogateescape keeps only single bytes above 127; in UTF-16 and UTF-32 a bad unit becomes one such byte.
MARK_BAD = "tidemill-mark-bad"


def _mark_bad(error: UnicodeError) -> tuple[str, int]:
    if isinstance(error, UnicodeDecodeError):
        return "\udc80", error.end
    raise error


codecs.register_error(MARK_BAD, _mark_bad)
