"""A secret is seen by whoever asks for it by name, and by nobody else."""

import copy
import json
import pickle

import pytest
from pydantic import ValidationError

from conf.sections.table import Table
from conf.values.secret import LONGEST_SECRET, Secret

WORD = "correct horse"


class Door(Table):
    password: Secret = Secret()
    """Opens it."""


def test_a_secret_is_read_from_text_and_revealed() -> None:
    assert Door.model_validate({"password": WORD}).password.reveal() == WORD


def test_nothing_that_people_read_shows_it() -> None:
    door = Door.model_validate({"password": WORD})
    shown = [str(door), repr(door), f"{door.password}", repr(door.password)]
    shown += [door.model_dump_json(), json.dumps(door.model_dump(mode="json")), str(vars(door))]
    assert not any(WORD in each for each in shown)
    assert door.model_dump(mode="json") == {"password": "(hidden)"}
    assert Door().model_dump(mode="json") == {"password": ""}


def test_a_complaint_about_it_does_not_show_it() -> None:
    with pytest.raises(ValidationError) as caught:
        Door.model_validate({"password": f"{WORD}\n"})
    assert WORD not in str(caught.value)


def test_it_is_not_pickled() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret(WORD))


def test_a_copy_is_the_same_secret() -> None:
    assert copy.deepcopy(Secret(WORD)) == Secret(WORD)


def test_secrets_are_equal_by_what_they_hold() -> None:
    assert Secret(WORD) == Secret(WORD)
    assert Secret(WORD) != Secret("other")
    assert Secret(WORD) != WORD
    assert hash(Secret(WORD)) == hash(Secret(WORD))


def test_none_is_false() -> None:
    assert not Secret()
    assert Secret(WORD)


@pytest.mark.parametrize("value", [5, True, None, "line\nbreak", "x" * (LONGEST_SECRET + 1)])
def test_what_is_no_password_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        Door.model_validate({"password": value})
