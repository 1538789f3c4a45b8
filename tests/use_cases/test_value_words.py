"""Values read in words in both front ends; what has none stands as it is."""

import pytest

from compliance.i18n import Lang
from compliance.use_cases.seeing.value_words import value_words


@pytest.mark.parametrize("lang", [Lang.ZH, Lang.EN])
def test_lists_of_codes_are_words(lang: Lang) -> None:
    said = value_words("channel_consents", "email:granted; phone:refused", lang)
    assert not {"granted", "refused:", "phone:refused", "email:granted"} & set(said.replace(",", " ").split()), said
    assert "_" not in value_words("permitted_channels", "f2f_visit; dept_meeting", lang)


def test_free_values_stand() -> None:
    assert value_words("full_name", "digital; visit", Lang.ZH) == "digital; visit"
    assert value_words("permitted_channels", "pigeon", Lang.ZH) == "pigeon"
