"""The look of the console: title, colours and the menu as data.

A menu line shows to those who may read its page.
"""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy

AUDIT_LOG = "admin:access_auditentry_changelist"


def _entry(title: str, icon: str, page: str, right: str) -> dict[str, Any]:
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(page),
        "permission": lambda request: request.user.has_perm(f"access.{right}"),
    }


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "EdgeFleet",
    "SITE_HEADER": "EdgeFleet",
    "SITE_SUBHEADER": "Models on a fleet of devices",
    "SITE_URL": "/console/",
    "SITE_SYMBOL": "hub",
    "SHOW_HISTORY": False,
    "ENVIRONMENT": "fleet.console.badge.badge",
    # On every page, the login and the records too: the theme's expressions run without `eval`.
    "SCRIPTS": [lambda request: static("console/expressions.js")],
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda request: static("console/icon.svg"),
        }
    ],
    "STYLES": [lambda request: static("console/records.css")],
    "COLORS": {
        "primary": {
            "50": "oklch(97.1% .014 236)",
            "100": "oklch(94% .03 236)",
            "200": "oklch(89% .06 237)",
            "300": "oklch(82% .1 238)",
            "400": "oklch(72% .14 240)",
            "500": "oklch(62% .16 243)",
            "600": "oklch(53% .16 246)",
            "700": "oklch(46% .14 247)",
            "800": "oklch(40% .11 248)",
            "900": "oklch(34% .09 250)",
            "950": "oklch(26% .07 252)",
        },
    },
    # In the menu below one's name.
    "ACCOUNT": {
        "navigation": [
            {"title": "Second factors", "link": reverse_lazy("mfa_index")},
            {"title": "Sessions", "link": reverse_lazy("usersessions_list")},
        ]
    },
    # Ctrl-K, and the box above the menu.
    "COMMAND": {"search_models": False},
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": [
            {
                "items": [
                    _entry("Overview", "space_dashboard", "console:overview", "devices_read")
                    # Its address begins every other page's, which would light it up everywhere.
                    | {"active": lambda request: request.path == "/console/"},
                ]
            },
            {
                "title": "Models",
                "items": [
                    _entry("Registry", "inventory_2", "console:models", "registry_read"),
                    _entry("Datasets", "database", "console:datasets", "registry_read"),
                    _entry("Builds", "memory", "console:builds", "builds_read"),
                ],
            },
            {
                "title": "Fleet",
                "items": [
                    _entry("Devices", "devices_other", "console:devices", "devices_read"),
                    _entry("Releases", "verified", "console:releases", "ota_read"),
                    _entry("Rollouts", "rocket_launch", "console:rollouts", "ota_read"),
                    _entry("Policies", "policy", "console:policies", "ota_read"),
                    _entry("Incidents", "crisis_alert", "console:incidents", "telemetry_read"),
                    _entry("Captures", "add_a_photo", "console:captures", "telemetry_read"),
                    _entry("Alert rules", "rule", "console:rules", "telemetry_read"),
                    _entry(
                        "Notifications", "outgoing_mail", "console:notifications", "telemetry_read"
                    ),
                ],
            },
            {
                "title": "More",
                "items": [
                    _entry("Keys and signatures", "key", "console:trust", "ota_read"),
                    _entry("API tokens", "vpn_key", "console:tokens", "access_tokens"),
                    _entry("Manual", "menu_book", "console:manual", "registry_read"),
                    _entry(
                        "Audit log", "history", "admin:access_auditentry_changelist", "access_read"
                    ),
                    _entry("All records", "table_view", "admin:index", "access_read"),
                ],
            },
        ],
    },
}
