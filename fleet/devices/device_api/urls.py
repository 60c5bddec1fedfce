"""Routes that devices call."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
