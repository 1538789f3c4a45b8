"""The encoding ladder, over whole files."""

import codecs

import pytest

from compliance.errors import InputErrors
from compliance.importing.encoding import lines, recognise

TEXT = "姓名,医院,备注\r\n龚䶮,示例市第一人民医院,早\r\n王㛃,示例区中心医院,\r\n𬭊志远,示例县医院,𫖯\r\n"


@pytest.mark.parametrize(
    ("encoding", "mark", "name"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", codecs.BOM_UTF8, "utf-8-bom"),
        ("gb18030", b"", "gb18030"),
        ("utf-16-le", codecs.BOM_UTF16_LE, "utf-16-le"),
        ("utf-16-be", codecs.BOM_UTF16_BE, "utf-16-be"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
        ("gb18030", "\ufeff".encode("gb18030"), "gb18030"),
    ],
)
def test_every_encoding_gives_the_same_rows(encoding, mark, name, tmp_path, read):
    path = tmp_path / "list.csv"
    path.write_bytes(mark + TEXT.encode(encoding))
    assert recognise(path).encoding == name
    rows, _ = read(path)
    assert [row.values["full_name"] for row in rows] == ["龚䶮", "王㛃", "𬭊志远"]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_line_ends(ends, write, read):
    path = write("姓名,医院" + ends + "张三,甲医院" + ends + "李四,乙医院")
    assert [row.values["full_name"] for row in read(path)[0]] == ["张三", "李四"]


def test_a_wrong_byte_at_the_very_end_decides_for_the_other_encoding(tmp_path):
    body = "姓名,医院\n" + "张三,甲医院\n" * 60_000
    path = tmp_path / "list.csv"
    path.write_bytes(body.encode("utf-8"))
    assert recognise(path).encoding == "utf-8"
    path.write_bytes(body.encode("gb18030") + "李四,乙医院".encode("gb18030"))
    assert recognise(path).encoding == "gb18030"


def test_characters_cut_by_the_chunk_are_whole(tmp_path):
    path = tmp_path / "list.csv"
    line = "𬭊" * 50 + "\n"
    for shift in range(4):
        text = " " * shift + line * 3_000  # 4 bytes each: three of four chunks end inside one
        path.write_bytes(text.encode("gb18030"))
        file = recognise(path)
        assert file.encoding == "gb18030" and "".join(lines(file)) == text


def test_hz_is_named(tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes("姓名,医院\r\n张三,甲医院\r\n".encode("hz"))
    with pytest.raises(InputErrors) as error:
        recognise(path)
    assert (error.value.code, error.value.faults[0].nearest) == ("encoding_unknown", "HZ")


def test_windows_936_euro_is_named(tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes("姓名,医院\n张三,甲".encode("gb18030") + b"\x80\n")
    with pytest.raises(InputErrors) as error:
        recognise(path)
    fault = error.value.faults[0]
    assert (fault.code, fault.nearest) == ("encoding_unknown", "Windows 936")


def test_known_private_use_characters_become_the_real_ones(tmp_path, read):
    path = tmp_path / "list.csv"
    path.write_bytes("姓名,医院\n张".encode("gb18030") + b"\xfe\x59" + ",甲医院\n".encode("gb18030"))
    assert read(path)[0][0].values["full_name"] == "张\u9fb4"


def test_other_private_use_characters_are_refused(write, read):
    rows, counts = read(write("姓名,医院,科室\n张\ue123,甲医院,内科\n李四,乙医院,内\ue123科\n"))
    assert ("full_name", "private_use") in rows[0].codes and counts.rejected == 1
    assert ("department", "private_use") in rows[1].codes and "department" not in rows[1].values
