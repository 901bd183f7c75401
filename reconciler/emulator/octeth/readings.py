"""What the pages of the Octeth Email Gateway leave open, as switchable readings.

"Page" is the 5.5/5.6 edition, "newer page" the one from 5.7.2 on; the first value is the default.

==================  ================================================================================
generation          `5.5`: the page (`DomainName`, `KeyID`/`Key`, `URL`/`Events`, options cannot be
                    read); `5.7`: the newer page (`SenderDomain`, `Options`, `APIKeyID`/`APIKey`,
                    `SMTPUsername`, `WebhookURL`, local webhook hosts refused)
encoding            bodies of `/api.php`: `any`, only `json`, only `form` (one example of each)
parameter-names     `documented`: a spelling of either edition (`ApiKeyId`, `APIKeyID`; `smtpid`,
                    `SMTPID`); `exact`: this generation's; `any-case`
error-code          `as-page`: a list where the examples have one (AddWebhook; newer page: missing
                    parameters), else a number; always `int`; always `list`
error-status        HTTP status of an error, nowhere stated: `200` or `400`
ids                 `as-page` (numbers here, strings there), `int`, `string`
flags               switches in answers: `as-page` ("1"; newer page 1), `string`, `int`, `bool`
domain-repeat       AddDomain of a name the account has: `refused` (2), a `new-row`, `existing`
domain-case         AddDomain keeps the name in `lower` case or `as-sent`
domain-delete       DeleteDomain with keys, SMTP configurations or webhooks left: `cascades`, or is
                    `refused` (2, the only documented code that fits)
dns                 what VerifyDomain finds: records `published` or `missing`, which it tells among
                    its results, or `refused`: by an error code that no page names
fresh-options       newer page: `Options` nobody has set are `filled` with defaults or `empty`
empty-maps          newer page: an empty map is a `list` (as PHP encodes it) or an `object`
subdomain-change    UpdateDomain of a Subdomain has the domain verified again: in both generations
                    (`pending`), or only on the newer page, which says so (`as-page`)
key-limit           enabled API keys a domain may have: `many`, or `one` (then error 409)
key-list            the key in GetAPIs: `clear`, `masked`, `absent`
key-description     Description in GetAPIs: `as-page` (only the newer page), `shown`, `hidden`
smtp-secret         where a plaintext SMTP password appears: `as-page` (nowhere; newer page: AddSMTP
                    and ResetSMTPPassword), `inline` (both), `reset` (only ResetSMTPPassword),
                    `absent`
smtp-list-password  the page's "encrypted-password" in GetSMTPs: `fixed`, `changing`, `absent`
webhook-rows        AddWebhook makes a row `per-event`, or one `per-url` whose `Events` grow
webhook-repeat      AddWebhook of an event and URL the domain has: a `new-row` or the `same-row`
                    (rows per URL: always the same)
event-words         events in GetWebhooks: `delivery`, … or `delivered`, …
rest-event-words    events in GET /api/v1/webhooks: `delivered`, … (example) or `delivery`, … (text)
email-key           Send Email's key: `either` bearer (example) or SenderAPIKey (table), or `both`
from-domain         a mail's From is at the key's `own` domain (else error 3), or at `any`
recipient-name      "name or email address is missing": names are `required` or `optional`
get-parameters      a GET has its parameters in the body (example), the query, or `any` of them
events-page         StartFrom and RetrieveCount of GET /api/v1/events: `optional` (table) or
                    `required` (errors 4 and 5)
event-log-words     events in logs: `delivery`, … (AddWebhook's words) or `delivered`, …
event-order         of both logs: `newest-first` or `oldest-first`
event-query         GetEvents Query: `words`, each of which must be found, or `ignored`
event-detail        GetEvents tells the subject alone (`page`), or recipient and ids too (`full`)
send-event          an accepted mail is itself an event, `send`: `absent` or `logged`
stats               DomainStats: `counted` by event, or `empty` as in the example
missing-parameters  AddWebhook and others tell `all` that are missing, or the `first` (example)
rest-error-status   HTTP status of an end-user endpoint's error: `as-commands` (`error-status`), or
                    `by-kind`: 401 for a key, 429 for a limit, else 400
rest-limit          end-user requests of one key: no limit (`none`), or 100 in 60 seconds, then
                    error 429 (`newer-page`)
==================  ================================================================================
"""

from collections.abc import Mapping
from types import MappingProxyType

from reconciler.emulator.readings import Chosen

SENDING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "email-key": ("either", "both"),
        "from-domain": ("own", "any"),
        "recipient-name": ("required", "optional"),
        "get-parameters": ("any", "body", "query"),
        "events-page": ("optional", "required"),
        "event-log-words": ("delivery", "delivered"),
        "event-order": ("newest-first", "oldest-first"),
        "event-query": ("words", "ignored"),
        "event-detail": ("page", "full"),
        "send-event": ("absent", "logged"),
        "stats": ("counted", "empty"),
    }
)
"""Readings that only affect mails and their events."""

ODD: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "missing-parameters": ("all", "first"),
        "rest-error-status": ("as-commands", "by-kind"),
        "rest-limit": ("none", "newer-page"),
    }
)
"""Readings that only affect end-user endpoints, or requests that hardly any client sends."""

READINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "generation": ("5.5", "5.7"),
        "encoding": ("any", "json", "form"),
        "parameter-names": ("documented", "exact", "any-case"),
        "error-code": ("as-page", "int", "list"),
        "error-status": ("200", "400"),
        "ids": ("as-page", "int", "string"),
        "flags": ("as-page", "string", "int", "bool"),
        "domain-repeat": ("refused", "new-row", "existing"),
        "domain-case": ("lower", "as-sent"),
        "domain-delete": ("cascades", "refused"),
        "dns": ("published", "missing", "refused"),
        "fresh-options": ("filled", "empty"),
        "empty-maps": ("list", "object"),
        "subdomain-change": ("pending", "as-page"),
        "key-limit": ("many", "one"),
        "key-list": ("clear", "masked", "absent"),
        "key-description": ("as-page", "shown", "hidden"),
        "smtp-secret": ("as-page", "inline", "absent", "reset"),
        "smtp-list-password": ("fixed", "changing", "absent"),
        "webhook-rows": ("per-event", "per-url"),
        "webhook-repeat": ("new-row", "same-row"),
        "event-words": ("delivery", "delivered"),
        "rest-event-words": ("delivered", "delivery"),
        **SENDING,
        **ODD,
    }
)


class Spellings(Chosen):
    """The chosen readings, and how answers are spelled under them."""

    @property
    def newer(self) -> bool:
        """Whether the server follows the newer page."""
        return self["generation"] != "5.5"

    def identifier(self, value: int, *, page: type[int | str]) -> int | str:
        """Spell an id; `page` is its type in the page's example of the same answer."""
        spelling = self["ids"]
        if spelling == "as-page":
            return value if self.newer else page(value)
        return value if spelling == "int" else str(value)

    def flag(self, *, on: bool) -> str | int | bool:
        """Spell a switch."""
        spelling = self["flags"]
        if spelling == "bool":
            return on
        number = int(on)
        if spelling == "string" or (spelling == "as-page" and not self.newer):
            return str(number)
        return number

    def tells_smtp_password(self, *, made_anew: bool) -> bool:
        """Tell whether AddSMTP, or with `made_anew` ResetSMTPPassword, shows the password."""
        place = self["smtp-secret"]
        if place == "as-page":
            return self.newer
        return place == "inline" or (place == "reset" and made_anew)

    def mapping(self, value: dict[str, object]) -> dict[str, object] | list[object]:
        """Spell a map that may be empty."""
        return [] if not value and self["empty-maps"] == "list" else value
