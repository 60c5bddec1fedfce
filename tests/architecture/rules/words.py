"""Rules 7 to 9, 12 to 16: a word has one meaning, a rule one place, a sentence is English.

Sentences are read where people meet them: docstrings, messages of exceptions and of the commands,
templates, and the manual's pages. `PLAIN` is the part of the house that all of it holds for.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator

from tests.architecture.house import classes, constants, folder, functions, strings
from tests.architecture.shape import ROOT, Source, sources

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
        r"(?<![Tt]here )\b(?:is|are) no (?!longer|other|more\b|such)[a-z]"
    ),
    "'of now'": re.compile(r"\b(?:key|state|version)s? of now\b"),
    "a key that is over": re.compile(r"\bkeys? (?:that )?(?:is|are) over\b"),
    "'who' for 'anyone who'": re.compile(r"(?:^|[.;:] )[Ww]ho (?!(?:is|are|may|asks|did|has)\b)"),
}

PLAIN = (
    "ota/",
    "device_agent/",
    "fleet/access/",
    "fleet/devices/",
    "fleet/lib/",
    "fleet/cli/",
    "fleet/console/",
)
PLAIN_ENGLISH = {
    "'who' for 'those who'": re.compile(
        r"\b(?:all|than|so that|to) who (?:may|made|alters|knows)\b"
    ),
    "'one a day' for 'one per day'": re.compile(
        r"\b(?:one|row|line|file|point|once|number|sub-command) an? "
        r"(?:second|minute|hour|day|device|line|row|bucket|window|kind|noun|event|role|act|poll)\b"
    ),
    "'is no' for 'is not' before a name": re.compile(r"\b(?:is|are) no [A-Z]"),
    "'stands' for 'is'": re.compile(r"\b[Ww]here (?:a|an|one|it|they)\b[^.]{0,20}\bstands?\b"),
    "'is over' for 'has ended'": re.compile(
        r"\b(?:action|build|child|job|life|rollout|token|trial|they) (?:is|are|was) over\b"
    ),
    "'of before' for 'from before'": re.compile(r"\bof before\b"),
    "a word order of German": re.compile(r"\b(?:needs? not|need it not|never to be had)\b"),
    "'not any more' for 'no longer'": re.compile(
        r"\bor not any more\b|\bis (?:no|not)\b.*any more\b"
    ),
    "'anew' for 'again'": re.compile(r"(?<![-`'=\w])anew\b(?!=)"),
    "'for good' for 'permanently'": re.compile(r"\bfor good\b"),
    "'meanwhile' for 'in the meantime'": re.compile(r"\bmeanwhile\.$"),
}
# Pages of the manual whose words belong to rooms that do not hold all of it yet.
OTHERS_PAGES = frozenset("builds ci compiler drift openapi replay settings supported_ops".split())


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


def pages() -> Iterator[tuple[str, str]]:
    """The texts that are not Python: the console's templates and the manual, paragraph by
    paragraph.
    """
    for path in sorted((ROOT / "fleet/console/templates").rglob("*.html")):
        yield str(path.relative_to(ROOT)), path.read_text()
    for path in sorted((ROOT / "fleet/console/docs").glob("*.md")):
        if path.stem not in OTHERS_PAGES:
            yield str(path.relative_to(ROOT)), path.read_text()


def texts() -> Iterator[tuple[str, str]]:
    """Every sentence that is read by people, with the file that it is in."""
    for source in sources():
        for node in strings(source.tree):
            if " " in str(node.value):
                text = str(node.value)
                yield source.name, " ".join(text.split()) if source.name.startswith(PLAIN) else text
    for name, page in pages():
        for paragraph in page.split("\n\n"):
            yield name, " ".join(paragraph.split())


def sentences_are_english() -> Iterator[str]:
    for name, text in texts():
        plain = PLAIN_ENGLISH if name.startswith(PLAIN) else {}
        for fault, expression in {**ENGLISH, **plain}.items():
            if expression.search(text):
                yield f"{name}: {fault}"


# What is raised for the caller's programmer, and never shown.
UNSHOWN = frozenset(
    "ArgumentTypeError AssertionError KeyError OSError TimeoutError TypeError".split()
)


def messages(source: Source) -> Iterator[str]:
    """The messages of exceptions that are raised, with `{}` for what is filled in."""
    for node in ast.walk(source.tree):
        call = node.exc if isinstance(node, ast.Raise) else None
        if not isinstance(call, ast.Call) or ast.unparse(call.func) in UNSHOWN:
            continue
        for given in call.args:
            parts = given.values if isinstance(given, ast.JoinedStr) else [given]
            said = "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts
            )
            if " " in said and isinstance(given, ast.JoinedStr | ast.Constant):
                yield said.strip()


def errors_are_sentences() -> Iterator[str]:
    for source in sources():
        if source.name.startswith(PLAIN):
            for said in messages(source):
                if not re.match(r"[A-Z{\"'`]", said) or said[-1] not in ".?!…}":
                    yield f"{source.name}: {said}"


def private_names_say_the_act() -> Iterator[str]:
    for source in sources():
        yield from (
            f"{source.name}: {node.name}" for node in functions(source.tree) if node.name in VAGUE
        )
