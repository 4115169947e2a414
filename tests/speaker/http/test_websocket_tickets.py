"""Tickets for WebSockets: good once, and for 15 seconds."""

from conf.accounts.role import Role
from speaker.http.identity import Identity
from speaker.http.websocket_tickets import MOST_TICKETS, WebSocketTickets

ELLEN = Identity(name="ellen", role=Role.OPERATOR)


def test_a_ticket_is_good_once() -> None:
    tickets = WebSocketTickets()
    ticket = tickets.issue(ELLEN, 0.0)
    assert ticket.isdigit()
    assert tickets.take(ticket, 1.0) == ELLEN
    assert tickets.take(ticket, 1.0) is None


def test_it_is_good_for_15_seconds() -> None:
    tickets = WebSocketTickets()
    first, second = tickets.issue(ELLEN, 0.0), tickets.issue(ELLEN, 0.5)
    assert tickets.take(first, 15.0) is None
    assert tickets.take(second, 15.4) == ELLEN


def test_what_was_never_issued_is_none() -> None:
    assert WebSocketTickets().take("1", 0.0) is None


def test_the_oldest_of_too_many_makes_room() -> None:
    tickets = WebSocketTickets()
    issued = [tickets.issue(ELLEN, 0.0) for _ in range(MOST_TICKETS + 1)]
    assert len(set(issued)) == len(issued)
    assert tickets.take(issued[0], 0.0) is None
    assert tickets.take(issued[1], 0.0) == ELLEN
