"""What no row of a parquet file uses is found where it lies: in its pages."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.canaries import Canaries, places
from tests.pages import pages_of, words_of

NUMBER = "31503900010017"


def test_a_personal_number_that_only_a_dictionary_holds_is_found(tmp_path: Path) -> None:
    words = pa.DictionaryArray.from_arrays(pa.array([0, 1, 0] * 100, pa.int32()), pa.array(["a", "b", NUMBER]))
    file = tmp_path / "t.parquet"
    pq.write_table(pa.table({"text": words, "n": pa.array([1.5] * 300)}), file, compression="zstd")
    assert pq.read_table(file)["text"].cast(pa.string()).unique().to_pylist() == ["a", "b"]
    assert dict(words_of(file)) == {"text": {"a", "b", NUMBER}, "n": {1.5}}
    assert any(NUMBER.encode() in page for page in pages_of(file))
    assert places([file], Canaries(frozenset({NUMBER}), frozenset(), frozenset())) == {"t.parquet": {"number"}}
