"""A task takes ids and calls one service: logic in a task could not be called by anything else."""

import ast

import pytest

from tests.architecture.shape import Source, sources


def task_functions(source: Source) -> list[ast.FunctionDef]:
    return [
        node
        for node in source.tree.body
        if isinstance(node, ast.FunctionDef)
        and any("shared_task" in ast.unparse(decorator) for decorator in node.decorator_list)
    ]


TASK_FILES = [source for source in sources() if source.path.name == "tasks.py"]


def test_there_are_tasks_to_look_at() -> None:
    assert sum(len(task_functions(source)) for source in TASK_FILES) >= 3


@pytest.mark.parametrize("source", TASK_FILES, ids=lambda source: source.name)
def test_a_task_has_one_statement_besides_its_docstring(source: Source) -> None:
    for function in task_functions(source):
        body = [
            node
            for node in function.body
            if not isinstance(getattr(node, "value", None), ast.Constant)
        ]
        assert len(body) == 1, f"{source.name}: {function.name}"
