"""Which job of which repository is trusted, claim by claim. Pure.

Guarantees: a missing claim is a refusal; a repository that was deleted and made again by somebody
else is another owner's, by number; jobs that strangers can start are never trusted.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

Claims = Mapping[str, Any]
GITHUB: Final = "github"
GITLAB: Final = "gitlab"
KINDS: Final = (GITHUB, GITLAB)
STRANGERS: Final = frozenset({"pull_request_target", "workflow_run", "merge_request_event"})
NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    GITHUB: ("repository", "repository_owner", "repository_owner_id", "job_workflow_ref",
             "event_name", "ref", "sha"),
    GITLAB: ("project_path", "namespace_id", "ci_config_ref_uri", "pipeline_source", "ref",
             "ref_type", "sha"),
}  # fmt: skip


@dataclass(frozen=True)
class Terms:
    """Whom an administrator trusts. `refs` is a whole ref, or its beginning and `*`."""

    kind: str
    repository: str  # owner/name, or group/project
    account_id: str  # of the owner or the namespace: a number that no other ever gets
    workflow: str  # the file of the workflow
    environment: str = ""
    refs: str = "refs/tags/*"


def refusal(terms: Terms, claims: Claims) -> str | None:
    """Return why a job is not the trusted one, or None when it is."""
    for name in NEEDED[terms.kind]:
        if not isinstance(claims.get(name), str) or not claims[name]:
            return f"The identity lacks the claim {name}."
    return _CHECKS[terms.kind](terms, claims)


def _github(terms: Terms, claims: Claims) -> str | None:
    repository, ref = claims["repository"], claims["ref"]
    if repository.lower() != terms.repository.lower():
        return f"The repository {repository} is not trusted for this."
    owner = terms.repository.partition("/")[0]
    if claims["repository_owner"].lower() != owner.lower():
        return "The repository has another owner."
    if claims["repository_owner_id"] != terms.account_id:
        return "The owner of the repository is another account of the same name."
    path = f"{repository}/.github/workflows/{terms.workflow}"
    if claims["job_workflow_ref"] not in {f"{path}@{ref}", f"{path}@{claims['sha']}"}:
        return f"The job is not of the workflow {terms.workflow}."
    if claims["event_name"] in STRANGERS:
        return f"A job that {claims['event_name']} starts is not trusted."
    return _ref(terms, ref, claims) or _environment(terms, claims)


def _gitlab(terms: Terms, claims: Claims) -> str | None:
    project = claims["project_path"]
    if project.lower() != terms.repository.lower():
        return f"The project {project} is not trusted for this."
    if claims["namespace_id"] != terms.account_id:
        return "The project's namespace is another one of the same name."
    kind = {"tag": "refs/tags/", "branch": "refs/heads/"}.get(claims["ref_type"])
    if kind is None:
        return "The job runs for neither a branch nor a tag."
    ref = f"{kind}{claims['ref']}"
    host, _, rest = claims["ci_config_ref_uri"].partition("/")
    if not host or rest != f"{project}//{terms.workflow}@{ref}":
        return f"The job is not of the pipeline in {terms.workflow}."
    if claims["pipeline_source"] in STRANGERS:
        return f"A job that {claims['pipeline_source']} starts is not trusted."
    return _ref(terms, ref, claims) or _environment(terms, claims)


def _ref(terms: Terms, ref: str, claims: Claims) -> str | None:
    """A ref has to be one that is trusted; a branch has to be protected, too."""
    prefix, star, _ = terms.refs.partition("*")
    if not (ref.startswith(prefix) if star else ref == terms.refs):
        return f"The ref {ref} is not trusted, only {terms.refs}."
    if ref.startswith("refs/heads/") and str(claims.get("ref_protected")).lower() != "true":
        return f"The branch {ref} is not protected."
    return None


def _environment(terms: Terms, claims: Claims) -> str | None:
    wanted = terms.environment
    if wanted and str(claims.get("environment", "")).lower() != wanted.lower():
        return f"The job does not run in the environment {wanted}."
    return None


_CHECKS: Final[Mapping[str, Callable[[Terms, Claims], str | None]]] = {
    GITHUB: _github,
    GITLAB: _gitlab,
}
