"""Rules 7 to 9, 12 to 16: a word has one meaning, a rule one place, a sentence is English."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator

from tests.architecture.house import classes, constants, folder, functions, strings
from tests.architecture.shape import sources

TYPED = (
    "builds/pipeline",
    "builds/compiler",
    "ota/trust",
    "ota/services",
    "registry/services",
)
WIRE = re.compile(r"^/?device/v1/|^X-Boot-Id$|^ef1$")
SHARED = ("canonical_json", "parse_ranges", "quantise", "quantize", "fingerprint")
VAGUE = frozenset("_tell _say _check _known _do _one _of".split())
ENGLISH = {
    "an archaic word": re.compile(r"\b(?:thereby|whereof|thereof|hereby|needs? it not)\b"),
    "'is no' for 'is not a'": re.compile(
        r"(?<!\b[Tt]here )\b(?:is|are) no (?!longer|other|more\b|such)[a-z]"
    ),
    "'of now'": re.compile(r"\b(?:key|state|version)s? of now\b"),
    "a key that is over": re.compile(r"\bkeys? (?:that )?(?:is|are) over\b"),
    "'who' for 'anyone who'": re.compile(r"(?:^|[.;:] )[Ww]ho (?!(?:is|are|may|asks|did|has)\b)"),
}


def a_class_name_is_used_once() -> Iterator[str]:
    places: dict[str, set[str]] = defaultdict(set)
    for source in sources():
        for node in classes(source):
            if not node.name.startswith("_") and node.name not in {"Meta", "Command"}:
                places[node.name].add(folder(source))
    for name, where in places.items():
        if len(where) > 1:
            yield f"{name}: {', '.join(sorted(where))}"


def the_wire_s_words_are_in_the_protocol() -> Iterator[str]:
    for source in sources():
        if not source.name.startswith("device_agent/protocol/"):
            yield from (
                f"{source.name}: {text}"
                for text in map(str, (node.value for node in strings(source.tree)))
                if WIRE.match(text)
            )


def an_enum_s_value_is_not_typed_again() -> Iterator[str]:
    values: dict[tuple[str, object], str] = {}
    for source in sources():
        for node in classes(source):
            bases = {ast.unparse(base) for base in node.bases}
            if not bases & {"StrEnum", "models.TextChoices"}:
                continue
            for item in node.body:
                if isinstance(item, ast.Assign) and isinstance(item.targets[0], ast.Name):
                    for value in ast.walk(item.value):
                        if isinstance(value, ast.Constant):
                            values[item.targets[0].id, value.value] = node.name
    for source in sources():
        for key in constants(source):
            if key in values and not source.name.startswith("fleet/cli/"):
                yield f"{source.name}: {key[0]} is {values[key]}.{key[0]}"


def no_any_between_our_own_modules() -> Iterator[str]:
    for source in sources():
        if not source.name.startswith(TYPED):
            continue
        for node in classes(source):
            for item in node.body:
                if isinstance(item, ast.AnnAssign) and ast.unparse(item.annotation) == "Any":
                    yield f"{source.name}: {node.name}.{ast.unparse(item.target)}"
        for function in functions(source.tree):
            given = {a.arg: a.annotation for a in [*function.args.args, *function.args.kwonlyargs]}
            given["return"] = function.returns
            for name, kind in given.items():
                public = not function.name.startswith("_")
                if public and kind is not None and ast.unparse(kind) == "Any":
                    yield f"{source.name}: {function.name}({name})"


def one_rule_is_one_function() -> Iterator[str]:
    places: dict[str, list[str]] = defaultdict(list)
    for source in sources():
        for node in source.tree.body:
            if isinstance(node, ast.FunctionDef) and node.name in SHARED:
                places[node.name].append(source.name)
    for name, where in places.items():
        if len(where) > 1:
            yield f"{name}: {', '.join(sorted(where))}"


def sentences_are_english() -> Iterator[str]:
    for source in sources():
        for node in strings(source.tree):
            for fault, expression in ENGLISH.items():
                if " " in str(node.value) and expression.search(str(node.value)):
                    yield f"{source.name}: {fault}"


def private_names_say_the_act() -> Iterator[str]:
    for source in sources():
        yield from (
            f"{source.name}: {node.name}" for node in functions(source.tree) if node.name in VAGUE
        )
