from django.apps import AppConfig


class JumpsellerSyncConfig(AppConfig):
    name = "jumpseller_sync"
    verbose_name = "Jumpseller"

    def ready(self) -> None:
        from invoicing.queue import register
        from jumpseller_sync.platform import JumpsellerPlatform
        from jumpseller_sync.services.deliveries import delivery_source
        from stores.platform import register_platform

        register_platform("jumpseller", JumpsellerPlatform())
        register(delivery_source())
