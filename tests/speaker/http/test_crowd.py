"""Who makes room when there are too many connections."""

from dataclasses import dataclass

from speaker.http.crowd import Crowd


@dataclass(eq=False)
class Somebody:
    source: str
    is_idle: bool = True
    is_unanswered: bool = False


def test_the_idle_one_that_came_first_of_the_greediest_source_goes() -> None:
    crowd = Crowd(lambda: 5)
    honest = [Somebody("a"), Somebody("b")]
    busy = Somebody("x", is_idle=False)
    greedy = [Somebody("x"), Somebody("x")]
    assert [crowd.join(each) for each in (*honest, busy, *greedy)] == [None] * 5
    assert crowd.join(Somebody("c")) is greedy[0]
    crowd.leave(greedy[0])
    assert len(crowd) == 5


def test_where_everybody_is_busy_the_newcomer_goes() -> None:
    crowd = Crowd(lambda: 2)
    for source in ("x", "x"):
        crowd.join(Somebody(source, is_idle=False))
    newcomer = Somebody("a")
    assert crowd.join(newcomer) is newcomer


def test_bodies_that_drip_in_from_one_source_keep_no_other_out() -> None:
    crowd = Crowd(lambda: 3)
    honest = Somebody("a", is_idle=False)
    answered = Somebody("x", is_idle=False)
    dripping = Somebody("x", is_idle=False, is_unanswered=True)
    for each in (honest, answered, dripping):
        crowd.join(each)
    assert crowd.join(Somebody("b")) is dripping


def test_a_newcomer_of_the_greediest_source_cuts_nobody() -> None:
    crowd = Crowd(lambda: 1)
    crowd.join(Somebody("x", is_idle=False, is_unanswered=True))
    newcomer = Somebody("x")
    assert crowd.join(newcomer) is newcomer


def test_who_has_left_counts_no_longer() -> None:
    crowd = Crowd(lambda: 1)
    first = Somebody("a")
    crowd.join(first)
    crowd.leave(first)
    crowd.leave(first)
    assert len(crowd) == 0
    assert crowd.join(Somebody("a")) is None
