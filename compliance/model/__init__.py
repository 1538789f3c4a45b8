"""The vocabulary: frozen dataclasses and closed enums, no behaviour that needs the outside world.

Words follow ``docs/glossary.md``: fields are disclosed / masked / generalised / withheld, decisions are granted /
refused, records are recorded / amended / erased; ``Handler`` is the company (个人信息处理者, PIPL 73(1)).
"""
