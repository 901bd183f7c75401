"""`reconciler webhook` itself."""

from reconciler.cli.app import group

command = group(
    "webhook",
    """Check the signatures of webhook calls, and receive some.

    A webhook's URL can be called by anybody; only the signature tells that it was the provider.
    Neither command asks a provider anything, and neither shows recipients.
    """,
    examples=(
        (
            "reconciler webhook check mail call.json --header 'x-surenotify-signature: 5d41…'",
            "Was this call the provider's?",
        ),
        ("reconciler webhook receive mail --port 8080", "Watch calls come in, each verified."),
    ),
)
