"""How people sign in: passwords, second factors, passkeys, single sign-on.

All of it is django-allauth's; what is decided here is who may come in, and by which factors.
"""

from typing import Any

from fleet import env

LOGIN_URL = "/console/login/"
LOGIN_REDIRECT_URL = "/console/"
AUTHENTICATION_BACKENDS = ["fleet.access.accounts.backend.GuardedBackend"]  # counts wrong passwords
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Proxies in front of the web; with none, the address is the caller's own, whatever it claims.
EDGEFLEET_PROXIES = env.integer("EDGEFLEET_PROXIES", 0, most=16)
ALLAUTH_TRUSTED_PROXY_COUNT = EDGEFLEET_PROXIES

# Roles whose people need a second factor, with commas between: without one, they are led to where
# it is set up before they see anything else. Single sign-on counts, its provider asks for its own.
EDGEFLEET_SECOND_FACTOR_ROLES = env.words("EDGEFLEET_SECOND_FACTOR_ROLES", ())

ACCOUNT_ADAPTER = "fleet.access.accounts.doors.PasswordDoor"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]  # nobody signs up: the adapter keeps it shut
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL

MFA_ADAPTER = "fleet.access.accounts.second_factor.SealedFactors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "EdgeFleet"

# Single sign-on by OpenID Connect: the issuer's address, as its discovery document has it.
EDGEFLEET_OIDC_ISSUER = env.address("EDGEFLEET_OIDC_ISSUER")
# What the issuer knows this service as.
EDGEFLEET_OIDC_CLIENT_ID = env.text("EDGEFLEET_OIDC_CLIENT_ID", "")
# The secret that the issuer gave this service; may be in a file.
EDGEFLEET_OIDC_CLIENT_SECRET = env.secret("EDGEFLEET_OIDC_CLIENT_SECRET") or ""
# What stands on the button of the sign-in page.
EDGEFLEET_OIDC_NAME = env.text("EDGEFLEET_OIDC_NAME", "Single sign-on")
# The claim that holds a person's groups.
EDGEFLEET_OIDC_GROUPS_CLAIM = env.text("EDGEFLEET_OIDC_GROUPS_CLAIM", "groups")
# The role of each group, such as `fleet-admins=admin,ml=engineer`; anybody in none of them is not
# let in.
EDGEFLEET_OIDC_ROLES = env.pairs("EDGEFLEET_OIDC_ROLES")

SOCIALACCOUNT_ADAPTER = "fleet.access.accounts.single_sign_on.MappedPeople"
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_AUTO_SIGNUP = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False  # an address of e-mail alone makes nobody somebody else
SOCIALACCOUNT_QUERY_EMAIL = False
SOCIALACCOUNT_STORE_TOKENS = False
# A form's answer that leads elsewhere is stopped by the pages' own policy; a link is not, and all
# that it can do to a person is to be signed in as who they are.
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "sso",
                "name": EDGEFLEET_OIDC_NAME,
                "client_id": EDGEFLEET_OIDC_CLIENT_ID,
                "secret": EDGEFLEET_OIDC_CLIENT_SECRET,
                "settings": {"server_url": EDGEFLEET_OIDC_ISSUER},
            }
        ]
        if EDGEFLEET_OIDC_ISSUER
        else [],
    }
}
