from django.urls import path

from invoicing.views import buyer_document

urlpatterns = [path("d/<str:token>/", buyer_document, name="buyer-document")]
