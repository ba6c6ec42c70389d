"""Every invented person has a name that can be written in Uzbek Latin, Uzbek Cyrillic and Russian letters."""

from dataclasses import dataclass
from random import Random

FAMILIES = (
    "Абдуллаев Азимов Алиев Аҳмедов Бобоев Ғаниев Ғуломов Давронов Жўраев Зокиров Исмоилов Йўлдошев Каримов Қодиров "
    "Қосимов Маҳмудов Мирзаев Муродов Назаров Норматов Одилов Раҳимов Рўзиев Саидов Собиров Султонов Тошматов "
    "Тўраев Умаров Усмонов Файзиев Ҳакимов Ҳамидов Холматов Шарипов Эргашев Эшонқулов Юсупов Яқубов Ўринов"
)
MEN = (
    "Азиз Акмал Алишер Баҳодир Беҳзод Бобур Ғайрат Дилшод Достон Жасур Зафар Илҳом Камол Қобил Мансур Нодир "
    "Отабек Рустам Санжар Сардор Темур Тоҳир Улуғбек Фарҳод Ҳасан Хуршид Шерзод Элдор Юсуф Ўткир"
)
WOMEN = (
    "Азиза Барно Гулнора Гўзал Дилбар Дилноза Зилола Зуҳра Камола Лола Малика Мафтуна Муниса Нафиса Нигора Нилуфар "
    "Одина Озода Раъно Саида Севара Сурайё Умида Феруза Ҳилола Хуршида Шаҳло Шоира Юлдуз Қундуз"
)
RUSSIAN = str.maketrans("қғҳўҚҒҲЎ", "кгхуКГХУ")
LATIN = dict(zip("абвгдежзийклмнопрстуфхэқҳъ", "abvgdejziyklmnoprstufxeqhʼ", strict=True))
LATIN |= {"ў": "oʻ", "ғ": "gʻ", "ш": "sh", "ч": "ch", "я": "ya", "ю": "yu", "ё": "yo"}


@dataclass(frozen=True)
class Name:
    """Family name, given name and father's name, in Uzbek Cyrillic."""

    uzbek_cyrillic: str

    @property
    def uzbek_latin(self) -> str:
        """The name in Latin letters, with U+02BB and U+02BC."""
        return "".join(_latin(sign) for sign in self.uzbek_cyrillic)

    @property
    def russian(self) -> str:
        """The name without the four letters that Russian lacks; cp1251 lacks three of them."""
        return self.uzbek_cyrillic.translate(RUSSIAN)


def draw_name(random: Random, sex: str) -> Name:
    """Draw a name for a man or a woman."""
    is_man = sex == "male"
    family = random.choice(FAMILIES.split()) + ("" if is_man else "а")
    given, father = random.choice((MEN if is_man else WOMEN).split()), random.choice(MEN.split())
    return Name(f"{family} {given} {father}{' ўғли' if is_man else ' қизи'}")


def _latin(sign: str) -> str:
    letter = LATIN.get(sign.lower(), sign)
    return letter.capitalize() if sign.isupper() else letter
