"""Every address of the public port that Django serves."""

from django.urls import include, path

from accounts.api import keys, webhooks
from accounts.api.audit import AuditVerifyView
from accounts.api.settings import SettingsView
from accounts.api.tokens import TokenView
from grains.api import views as grains
from learning.api import clusters, consolidate, health, jobs, journal, lifecycle, retention, review
from learning.api import flux as flux_feedback
from learning.api import views as learning
from memoryproject import apidocs, views
from retrieval.api import flux, inspect, memex, stats
from retrieval.api import views as retrieval

urlpatterns = [
    path("v1/recall", retrieval.RecallView.as_view()),  # first: addresses are tried in this order
    path("", views.RootView.as_view()),
    path("health", views.HealthView.as_view()),
    path("metrics", views.MetricsView.as_view()),
    path("v1/store", grains.StoreView.as_view()),
    path("v1/store/batch", grains.StoreBatchView.as_view()),
    path("v1/update", grains.UpdateView.as_view()),
    path("v1/forget", grains.ForgetView.as_view()),
    path("v1/inspect/<str:id>", inspect.InspectView.as_view()),
    path("v1/memories", memex.MemoriesView.as_view()),
    path("v1/memories/search", memex.SearchView.as_view()),
    path("v1/memories/count", memex.CountView.as_view()),
    path("v1/memories/<str:id>", memex.MemoryDeleteView.as_view()),
    path("v1/auth/token", TokenView.as_view()),
    path("v1/admin/audit/verify", AuditVerifyView.as_view()),
    path("v1/admin/keys", keys.KeysView.as_view()),
    path("v1/admin/keys/rotate", keys.KeyRotateView.as_view()),
    path("v1/admin/keys/<str:id>", keys.KeyView.as_view()),
    path("v1/admin/tokens", keys.ScopedTokensView.as_view()),
    path("v1/admin/tokens/<str:id>", keys.ScopedTokenView.as_view()),
    path("v1/admin/webhooks", webhooks.WebhooksView.as_view()),
    path("v1/admin/webhooks/test", webhooks.WebhookTestView.as_view()),
    path("v1/admin/webhooks/<str:id>", webhooks.WebhookView.as_view()),
    path("v1/admin/webhooks/<str:id>/secret", webhooks.WebhookSecretView.as_view()),
    path("v1/admin/webhooks/<str:id>/deliveries", webhooks.DeliveriesView.as_view()),
    path("v1/admin/settings", SettingsView.as_view()),
    path("v1/admin/jobs", jobs.JobsView.as_view()),
    path("v1/admin/jobs/<str:name>", jobs.JobView.as_view()),
    path("health/signals", health.SignalsView.as_view()),
    path("v1/admin/health", health.AdminHealthView.as_view()),
    path("v1/admin/review/queue", review.ReviewQueueView.as_view()),
    path("v1/admin/review/confirm", review.ReviewActionView.as_view(action="confirm"), name="review_confirm"),
    path("v1/admin/review/reject", review.ReviewActionView.as_view(action="reject"), name="review_reject"),
    path("v1/admin/review/supersede", review.ReviewActionView.as_view(action="supersede"), name="review_supersede"),
    path("v1/admin/retention", retention.RetentionView.as_view()),
    path("v1/admin/retention/preview", retention.RetentionPreviewView.as_view()),
    path("v1/admin/decay", retention.DecayView.as_view()),
    path("v1/admin/lifecycle", lifecycle.LifecycleView.as_view()),
    path("v1/admin/journal", journal.JournalView.as_view()),
    path("v1/admin/journal/<str:id>/undo", journal.UndoView.as_view()),
    path("v1/clusters", clusters.ClustersView.as_view()),
    path("v1/clusters/<str:id>", clusters.ClusterView.as_view()),
    path("v1/consolidate", consolidate.ConsolidateView.as_view()),
    path("v1/pin", grains.PinView.as_view()),
    path("v1/restore", lifecycle.RestoreView.as_view()),
    path("v1/source", retrieval.SourceView.as_view()),
    path("v1/peek/<str:id>", grains.PeekView.as_view()),
    path("v1/feedback", learning.JudgeView.as_view()),
    path("v1/recall/batch", retrieval.RecallBatchView.as_view()),
    path("v1/admin/query-explain", retrieval.QueryExplainView.as_view()),
    path("v1/admin/index-health", stats.IndexHealthView.as_view()),
    path("v1/admin/idf-stats", stats.TermsView.as_view()),
    path("v1/admin/space-stats", stats.SpaceView.as_view()),
    path("v1/admin/trust-stats", stats.TrustView.as_view()),
    path("v1/admin/cache/stats", stats.CacheView.as_view()),
    path("v1/admin/cache/flush", stats.CacheFlushView.as_view()),
    path("v1/admin/intent-cache/stats", stats.IntentCacheView.as_view()),
    path("v1/admin/intent-cache/flush", stats.IntentCacheFlushView.as_view()),
    path("v1/admin/prefetch/stats", stats.PrefetchView.as_view()),
    path("v1/feedback/trace", learning.FeedbackView.as_view()),
    path("store", flux.StoreView.as_view()),
    path("store/batch", flux.StoreBatchView.as_view()),
    path("retrieve", flux.RetrieveView.as_view()),
    path("feedback", flux_feedback.FeedbackView.as_view()),
    path("feedback/batch", flux_feedback.FeedbackBatchView.as_view()),
    path("pending_feedback", flux.PendingView.as_view()),
    path("grains", flux.GrainsView.as_view()),
    path("openapi.json", apidocs.openapi_json, name="openapi"),
    path("", include("console.urls")),
    path("docs", apidocs.swagger, name="docs"),
    path("redoc", apidocs.redoc),
    path("static/<path:path>", apidocs.asset),
]
handler400 = "memoryproject.refusals.bad_request"
handler403 = "memoryproject.refusals.forbidden"
handler404 = "memoryproject.refusals.not_found"
handler500 = "memoryproject.refusals.server_error"
