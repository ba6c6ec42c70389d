"""Many match keys at once are those that each text has alone."""

import pyarrow as pa
from hypothesis import example, given
from hypothesis import strategies as st

from flows.intake.matchkeys import match_keys
from flows.intake.normalise import APOSTROPHES, CYRILLIC, match_key

LETTERS = st.sampled_from(
    "абвгдежзийклмнопрстуфхцчшщъыьэюяёўқғҳАЯЎҲЪabcyetsXZ -.'`|0\u0130\u00df\u0301\n" + APOSTROPHES + CYRILLIC
)
TEXTS = st.lists(
    st.one_of(st.text(LETTERS, max_size=12), st.text(st.characters(codec="utf-8"), max_size=5)), max_size=6
)


@given(TEXTS)
@example(["Юлдашев Ғайрат Шуҳрат ўғли", "Yuldashev G\u02bbayrat", "Кaримов", "", "Цой Ёлқин", "a\nb"])
@example(["e\u0312", "Щ\u2032ъ", "\U0001f600"])
def test_a_list_gives_what_each_text_gives(texts: list[str]) -> None:
    tidy = [" ".join(text.split(" ")).strip() for text in texts]
    assert match_keys(pa.array(tidy, pa.string())).to_pylist() == [match_key(text).encode() for text in tidy]
