"""Which credentials of an account answer which challenge (RFC 3261 §22.2, §22.3)."""

from collections.abc import Callable

from sip.account import Account
from sip.authentication.challenge import Challenge
from sip.authentication.client import DigestClient, Unanswerable
from sip.authentication.fields import Asker, readable
from sip.syntax.message import Request, Response


class Keyring:
    """The credentials of one account: its own, and those of proxies that have some of their own.

    A proxy on the way challenges with 407. Which one it is cannot be told from the answer, so its
    realm is bound to the first proxy of the list whose credentials no other realm has; when these
    are used up, the account's own serve.
    """

    def __init__(self, account: Account, token: Callable[[], str]) -> None:
        own = account.credentials
        self._own = None if own is None else DigestClient(own, token)
        self._unbound = [
            DigestClient(proxy.credentials, token) for proxy in account.proxies if proxy.credentials
        ]
        self._proxies: dict[str, DigestClient] = {}  # by realm

    def authorize(self, request: Request) -> Request:
        """The request with credentials for every server that has challenged before."""
        for client in self._clients:
            request = client.authorize(request)
        return request

    def answer(self, request: Request, response: Response) -> Request | Unanswerable | None:
        """The request with credentials for a 401 or 407, or why not; None: there are none."""
        client = self._own if response.code == 401 else self._of_proxy(response)
        answered = None if client is None else client.answer(request, response)
        if isinstance(answered, Request):
            for other in self._clients:
                if other is not client:
                    answered = other.recount(answered)
        return answered

    def confirm(self, request: Request, response: Response) -> bool:
        """Learn from another final response which nonce the server wants next.

        False: it claims to know the account's password, too, and does not (RFC 7616 §3.5). That is
        not judged where proxies have credentials of their own, for the claim names no realm.
        """
        for proxy in self._proxies.values():
            proxy.confirm(request, response)
        honest = self._own is None or self._own.confirm(request, response)
        return honest or bool(self._proxies)

    @property
    def _clients(self) -> list[DigestClient]:
        own = [] if self._own is None else [self._own]
        return [*own, *self._proxies.values()]

    def _of_proxy(self, response: Response) -> DigestClient | None:
        challenges = readable(response, Asker.PROXY.challenge, Challenge.parse, [])
        realm = next((challenge.realm for challenge in challenges), "")
        if realm not in self._proxies and self._unbound:
            self._proxies[realm] = self._unbound.pop(0)
        return self._proxies.get(realm, self._own)
