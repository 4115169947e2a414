"""Servers that do not mean well: whatever they answer, it ends, and nothing is kept."""

from hypothesis import given, settings
from hypothesis import strategies as st

from sip.flow import Address
from sip.session.events import Ended
from sip.syntax.message import Request, Response, make_response
from tests.sip.town import Server, Town, account

FIELDS = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["WWW-Authenticate", "Proxy-Authenticate"]),
            st.sampled_from(
                [
                    'Digest realm="pbx", nonce="1", qop="auth"',
                    'Digest realm="pbx", nonce="2", stale=true',
                    'Digest realm="other", nonce="1", algorithm=SHA-256, qop="auth-int"',
                    "Digest",
                    "Basic x",
                ]
            ),
        ),
        st.tuples(
            st.sampled_from(["Retry-After", "Min-Expires", "Expires", "Flow-Timer"]),
            st.sampled_from(["0", "1", "99999999999", "-1", "x", "300 (lunch)"]),
        ),
        st.tuples(
            st.just("Contact"),
            st.sampled_from(
                ["*", "<sip:a@192.0.2.10>;q=2", "<sip:b@192.0.2.99>;expires=0", "<<", "<tel:1>"]
            ),
        ),
        st.tuples(
            st.sampled_from(["Service-Route", "Record-Route"]),
            st.sampled_from(["<sip:192.0.2.10;lr>", "<sip:192.0.2.99>", "<tel:1>", "<"]),
        ),
    ),
    max_size=4,
)
ANSWERS = st.lists(
    st.tuples(
        st.sampled_from([100, 180, 200, 202, 300, 302, 401, 407, 408, 423, 439, 481, 491, 503]),
        FIELDS,
    ),
    min_size=1,
    max_size=6,
)


class Whimsical(Server):
    """Gives the answers that it was told to, one after the other, round and round."""

    script: list[tuple[int, list[tuple[str, str]]]]

    def answer(self, request: Request, source: Address, now: float) -> list[Response]:
        self.requests.append((now, request))
        if request.method == "ACK":
            return []
        code, fields = self.script[len(self.requests) % len(self.script)]
        return [make_response(request, code, to_tag="x", headers=fields)]


@settings(max_examples=150, deadline=None)
@given(ANSWERS)
def test_whatever_a_server_answers_it_is_neither_hammered_nor_remembered(
    script: list[tuple[int, list[tuple[str, str]]]],
) -> None:
    pbx = Whimsical("192.0.2.10")
    pbx.script = script
    town = Town(pbx)
    town.add(account(follow_redirects=True))
    town.run(5)
    session = town.call("sip:bob@192.0.2.10")
    town.run(20)
    if not town.told(Ended):
        town.hang_up(session)
    town.run(575)
    assert len(pbx.requests) < 600, "one a second, at the very worst"
    town.do(town.agent.remove_account("door", town.now))
    town.run(400)
    assert len(town.told(Ended)) == 1
    assert town.agent.remembered == 0


def test_a_server_that_asks_in_ever_new_realms_gets_few_answers() -> None:
    class Asking(Server):
        def answer(self, request: Request, source: Address, now: float) -> list[Response]:
            challenge = f'Digest realm="{len(self.requests)}", nonce="x", qop="auth"'
            self.requests.append((now, request))
            return [make_response(request, 401, headers=[("WWW-Authenticate", challenge)])]

    pbx = Asking("192.0.2.10")
    town = Town(pbx)
    town.add(account())
    town.run(3600)
    assert len(pbx.requests) == 7
