"""The theme's expressions mean what they mean where `eval` is allowed, and reach no further."""

from typing import Any

import pytest

from tests.browser.conftest import Watched

pytestmark = pytest.mark.browser

MEANINGS: dict[str, Any] = {
    "1 + 2 * 3 - 4 / 2": 5,
    "'a' + \"b\"": "ab",
    "!false && 'shown'": "shown",
    "missing === undefined ? 1 : 2": 1,
    "null ?? 'fallback'": "fallback",
    "3 > 2 && 2 >= 2 && 1 < 2 && 1 <= 1": True,
    "'1' == 1 && '1' !== 1": True,
    "['h3', 'strong'].includes('h3')": True,
    "{'block!': open, 'xl:hidden!': !open}": {"block!": False, "xl:hidden!": True},
    "-items.length + items[1]": 1,
    "items.map(each => each * 2)": [2, 6],
    "nothing?.deep": None,
    "count++; count": 1,
    "count += 4; count -= 2; count": 2,
    "if (open) { count = 9 } else { count = 7 }; count": 7,
    "typeof nobody": "undefined",
    "greet('you')": "hello you",
    "(() => 1)": 1,
}
DATA = """{open: false, items: [1, 3], nothing: null, missing: undefined, count: 0,
  word: 'hello', greet(who) { return this.word + ' ' + who }}"""
RUN = (
    """(expression) => {
  const place = document.createElement('div');
  document.body.append(place);
  Alpine.addScopeToNode(place, Alpine.reactive("""
    + DATA
    + """));
  return Alpine.evaluate(place, expression);
}"""
)


COMPLAINTS = {
    "items.constructor": "out of reach",
    "items['__proto__']": "out of reach",
    "eval('1')": "out of reach",
    "1 = 2": "nothing to assign to",
    "items[": "ends too early",
    "items ` 1": "cannot read",
    "items items": "cannot read on",
    "nobody": "nobody is not defined",
}


def test_expressions_mean_what_they_say(watched: Watched) -> None:
    watched.open("/console/login/")
    for expression, meaning in MEANINGS.items():
        assert watched.page.evaluate(RUN, expression) == meaning, expression
    assert watched.complaints == []


def test_what_cannot_be_meant_is_told(watched: Watched) -> None:
    watched.open("/console/login/")
    for expression, complaint in COMPLAINTS.items():
        watched.complaints.clear()
        watched.page.evaluate(RUN, expression)
        assert complaint in "".join(watched.complaints), expression
