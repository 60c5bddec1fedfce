"""Routes of the console."""

from django.contrib import admin
from django.urls import path

urlpatterns = [
    path("login/", admin.site.login, name="login"),
    path("records/", admin.site.urls),
]
