import pytest

from antiphon.dialogue.turns import AGENT, PERSON, AgentMove, AgentTurn, Person, PersonMove, Turns
from antiphon.errors import IllegalTransition


@pytest.mark.parametrize("state", Person)
@pytest.mark.parametrize("move", PersonMove)
def test_a_person_moves_along_the_table_or_not_at_all(state: Person, move: PersonMove) -> None:
    turns = Turns()
    turns.person = state
    if (state, move) in PERSON:
        turns.move_person(move)
        assert turns.person is PERSON[state, move]
    else:
        with pytest.raises(IllegalTransition, match=state.value):
            turns.move_person(move)
        assert turns.person is state
    assert turns.agent is AgentTurn.IDLE


@pytest.mark.parametrize("state", AgentTurn)
@pytest.mark.parametrize("move", AgentMove)
def test_an_agent_moves_along_the_table_or_not_at_all(state: AgentTurn, move: AgentMove) -> None:
    turns = Turns()
    turns.agent = state
    if (state, move) in AGENT:
        turns.move_agent(move)
        assert turns.agent is AGENT[state, move]
    else:
        with pytest.raises(IllegalTransition, match=state.value):
            turns.move_agent(move)
        assert turns.agent is state
    assert turns.person is Person.SILENT


def test_every_state_can_be_reached_and_left() -> None:
    assert set(PERSON.values()) == set(Person) == {state for state, _ in PERSON}
    assert set(AGENT.values()) == set(AgentTurn) == {state for state, _ in AGENT}


def test_every_move_is_legal_somewhere() -> None:
    assert {move for _, move in PERSON} == set(PersonMove)
    assert {move for _, move in AGENT} == set(AgentMove)


def test_a_busy_agent_can_always_be_interrupted() -> None:
    busy = [AgentTurn.THINKING, AgentTurn.SPEAKING]
    assert [AGENT[state, AgentMove.INTERRUPT] for state in busy] == [AgentTurn.IDLE] * 2
