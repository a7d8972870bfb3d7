"""Version 1 of the API: each room's endpoints, the token endpoint, and the document that describes them."""

from django.contrib.auth.decorators import login_not_required
from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from oauth2_provider.views import TokenView
from rest_framework.routers import SimpleRouter

app_name = "api"

router = SimpleRouter()

urlpatterns = [
    path("token/", login_not_required(TokenView.as_view()), name="token"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="api:schema"), name="docs"),
    *router.urls,
]
