"""The keys of a session's deliveries: those that sign, those that an honest receiver knows, and its verdict."""

from mockserver.core.instants import Instant
from mockserver.vendors.signatures import NO_SIGNATURE, ReceiverKeys, SigningKeys
from mockserver.vendors.webhook_endpoint import OTHER_SIGNING_KEY, UNSIGNED, DeliveryFault, WebhookEndpoint
from mockserver.vendors.webhooks import RenderedDelivery, Subscription, WebhookSpec


def signing_secrets(subscription: Subscription, endpoint: WebhookEndpoint, fault: DeliveryFault) -> tuple[str, ...]:
    """Return the secrets to sign with: the right ones, unless a fault spoils the signature; none: unsigned."""
    if not subscription.secret or fault.signature == UNSIGNED:
        return ()
    if fault.signature == OTHER_SIGNING_KEY:
        return (f"not {subscription.secret}",)
    return (subscription.secret, *endpoint.old_secrets)


def honest_receiver_keys(
    webhooks: WebhookSpec, subscription: Subscription, endpoint: WebhookEndpoint, seed: str
) -> ReceiverKeys:
    """Return the keys of a receiver that got them from the vendor, whatever a fault does to the signature."""
    if webhooks.signature is None:
        return ReceiverKeys()
    return webhooks.signature.receiver_keys(SigningKeys(signing_secrets(subscription, endpoint, DeliveryFault()), seed))


def signature_verdict(webhooks: WebhookSpec | None, rendered: RenderedDelivery, keys: ReceiverKeys, at: Instant) -> str:
    """Return the verdict of a verifier whose clock shows `at`."""
    if webhooks is None or webhooks.signature is None:
        return NO_SIGNATURE
    headers = {name.lower(): value for name, value in rendered.headers}
    return webhooks.signature.verify(headers, rendered.body, keys, at)
