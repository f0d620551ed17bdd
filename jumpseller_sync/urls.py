from django.urls import path

from jumpseller_sync.views import receive_webhook

urlpatterns = [path("webhooks/jumpseller/<str:hook_key>/", receive_webhook, name="jumpseller-webhook")]
