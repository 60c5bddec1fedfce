"""Role: Django's group under the name that people use, and the home of our permissions."""

from django.contrib.auth.models import Group

from fleet.access.rules.roles import SCOPES, codename


class Role(Group):
    """A group of users. The permissions below are the scopes of `fleet.access.rules.roles`."""

    class Meta:
        proxy = True
        permissions = [(codename(scope), sentence) for scope, sentence in SCOPES.items()]
