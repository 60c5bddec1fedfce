"""The facts of a model are the same as macros, at run time and behind an image's table."""

import ast
import shutil
import struct
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builds.image import ImageError, build_firmware
from builds.image.firmware.facts import (
    DIGEST_BYTES,
    LABELS_MAX,
    TEXT_MAX,
    ModelFacts,
    build_digest,
    facts_files,
    quoted,
)
from builds.targets import load_board
from builds.verify.interface import Interface, TensorSlot
from tests.builds.toolchain.sources import model

INTERFACE = Interface(
    (TensorSlot("sound", "int8", (1, 49, 10), 0.5, -3),),
    (TensorSlot("words", "int8", (1, 3), 1 / 256, -128), TensorSlot("n", "int32", (), 0.0, 0)),
)
FACTS = ModelFacts(
    name='Zähler "7"',
    version="1.4.0",
    target="cortex-m4f",
    model_sha256="ab" * 32,
    build_sha256="cd" * 32,
    abi_sha256="ef" * 32,
    schema_sha256="",
    interface=INTERFACE,
    labels=("ja", "nein", "größer?"),
    arena_bytes=4096,
    state_bytes=0,
    stack_bytes=512,
    instructions=1_234_567,
)
PROGRAM = """
#include <stdio.h>
#include "model_info.h"
int main(void) {
  const ef_facts_t *f = ef_info();
  const ef_tensor_t *in = f->inputs, *out = f->outputs;
  printf("%s|%s|%s|%u\\n", f->name, f->version, f->target, (unsigned)f->format);
  for (int i = 0; i < 32; ++i) if (f->model_sha256[i] != 0xab || f->schema_sha256[i] != 0) return 1;
  printf("%u %u %u %u\\n", (unsigned)f->arena_bytes, (unsigned)f->stack_bytes,
         (unsigned)f->instructions, (unsigned)(f->cycles == EF_UNKNOWN));
  printf("%u %u %u %u %u\\n", in->dtype == EF_INT8, in->rank, (unsigned)in->shape[1],
         (unsigned)in->bytes, in->scale == 0.5f && in->zero_point == -3);
  printf("%u %s %s %u\\n", out[0].label_count, out[0].labels[0], out[0].labels[2],
         out[1].label_count);
  printf("%s|%s|%s\\n", EF_INFO_NAME, EF_INFO_VERSION, EF_INFO_MODEL_SHA256);
#if defined(EF_INFO_CYCLES) || defined(EF_INFO_SCHEMA_SHA256)
  return 2;
#endif
  return EF_INFO_INSTRUCTIONS == f->instructions ? 0 : 3;
}
"""
TABLE = struct.Struct("<10I")
LINK = struct.Struct("<II")


@pytest.mark.toolchain
@pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed")
def test_macros_and_run_time_say_the_same(tmp_path: Path) -> None:
    for name, text in facts_files(FACTS).items():
        (tmp_path / name).write_text(text)
    (tmp_path / "main.c").write_text(PROGRAM)
    flags = ("-Wall", "-Wextra", "-Werror")
    for command in (
        ["g++", "-std=c++17", *flags, "-c", "model_info.cc"],
        ["gcc", "-std=c99", "-pedantic", *flags, "main.c", "model_info.o", "-o", "main"],
    ):
        subprocess.run(command, cwd=tmp_path, check=True)
    done = subprocess.run([tmp_path / "main"], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        'Zähler "7"|1.4.0|cortex-m4f|1',
        "4096 512 1234567 1",
        "1 3 49 490 1",
        "3 ja größer? 0",
        f'Zähler "7"|1.4.0|{"ab" * 32}',
    ]


@pytest.mark.toolchain
def test_an_image_carries_them_behind_its_table() -> None:
    board = load_board("nucleo-l4r5zi")
    made = build_firmware({"model.cc": model()}, board, cflags=("-O2",), facts=facts_files(FACTS))

    def at(address: int) -> int:
        return address - made.address

    magic, facts = LINK.unpack_from(made.payload, TABLE.size)
    assert magic == 0x314E4645
    version, name, _, _ = struct.unpack_from("<4I", made.payload, at(facts))
    assert version == 1
    text = made.payload[at(name) : made.payload.index(b"\0", at(name))]
    assert text.decode() == FACTS.name
    assert made.payload[at(facts) + 16 : at(facts) + 48] == bytes.fromhex(FACTS.model_sha256)
    plain = build_firmware({"model.cc": model()}, board, cflags=("-O2",))
    assert LINK.unpack_from(plain.payload, TABLE.size) == (0, 0)


@given(st.text(max_size=60).filter(lambda text: "\0" not in text))
def test_any_text_is_itself_in_c(text: str) -> None:
    made = quoted(text)
    assert made.isascii()
    assert "??" not in made  # no trigraph
    assert ast.literal_eval(f"b{made}").decode() == text


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (replace(FACTS, name="x" * (TEXT_MAX + 1)), "at most 256 characters"),
        (replace(FACTS, labels=("a\0b",)), "no zero byte"),
        (replace(FACTS, labels=("x",) * (LABELS_MAX + 1)), "at most 4096 labels"),
        (replace(FACTS, model_sha256="ab"), "A digest has 32 bytes"),
    ],
)
def test_facts_that_cannot_be_told_are_refused(facts: ModelFacts, why: str) -> None:
    with pytest.raises(ImageError, match=why):
        facts_files(facts)


def test_a_build_s_digest_depends_on_all_that_a_compiler_is_given() -> None:
    one = build_digest({"a.h": "x", "b.cc": "y"}, "cortex-m4f", ("-O2",))
    assert len(bytes.fromhex(one)) == DIGEST_BYTES
    others = {
        build_digest({"a.h": "x", "b.cc": "z"}, "cortex-m4f", ("-O2",)),
        build_digest({"a.h": "x", "b.cc": "y"}, "cortex-m7f", ("-O2",)),
        build_digest({"a.h": "x", "b.cc": "y"}, "cortex-m4f", ("-Os",)),
        build_digest({"a.h": "xy", "b.cc": ""}, "cortex-m4f", ("-O2",)),
    }
    assert one not in others
    assert len(others) == 4
