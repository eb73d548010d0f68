"""Every address of the public port that Django serves."""

from django.urls import include, path

from grains.api import views as grains
from memoryproject import apidocs, views
from retrieval.api import memex
from retrieval.api import views as retrieval

urlpatterns = [
    path("health", views.HealthView.as_view()),
    path("metrics", views.MetricsView.as_view()),
    path("v1/store", grains.StoreView.as_view()),
    path("v1/store/batch", grains.StoreBatchView.as_view()),
    path("v1/update", grains.UpdateView.as_view()),
    path("v1/forget", grains.ForgetView.as_view()),
    path("v1/inspect/<str:id>", grains.InspectView.as_view()),
    path("v1/memories", memex.MemoriesView.as_view()),
    path("v1/memories/search", memex.SearchView.as_view()),
    path("v1/memories/count", memex.CountView.as_view()),
    path("v1/memories/<str:id>", memex.MemoryDeleteView.as_view()),
    path("v1/recall", retrieval.RecallView.as_view()),
    path("v1/feedback/trace", retrieval.FeedbackView.as_view()),
    path("openapi.json", apidocs.openapi_json, name="openapi"),
    path("", include("memoryproject.signin")),
    path("docs", apidocs.swagger, name="docs"),
    path("redoc", apidocs.redoc),
    path("static/<path:path>", apidocs.asset),
]
handler400 = "memoryproject.views.bad_request"
handler404 = "memoryproject.views.not_found"
handler500 = "memoryproject.views.server_error"
