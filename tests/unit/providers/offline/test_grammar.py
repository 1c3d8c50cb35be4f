"""The recogniser's grammar against the parser and the dictionary: whatever it can hear must mean something."""

import random
import re
from pathlib import Path

from pocketsphinx import get_model_path

from antiphon.providers.offline.grammar import GRAMMAR
from antiphon.providers.offline.intents import parse
from antiphon.providers.offline_workers.recognition import grammar_words


def sample(rule: str, rules: dict[str, str], rng: random.Random) -> list[str]:
    """One random sentence of a JSGF rule made of words, <rules>, (groups), [options] and alternatives."""
    tokens = re.findall(r"<\w+>|[()\[\]|]|[a-z']+", rules[rule])

    def alternatives(at: int) -> tuple[list[str], int]:
        choices: list[list[str]] = [[]]
        while at < len(tokens) and tokens[at] not in ")]":
            token = tokens[at]
            at += 1
            if token == "|":
                choices.append([])
            elif token in "([":
                inside, at = alternatives(at)
                at += 1
                choices[-1] += inside if token == "(" or rng.random() < 0.5 else []
            else:
                choices[-1] += sample(token, rules, rng) if token.startswith("<") else [token]
        return rng.choice(choices), at

    return alternatives(0)[0]


def test_every_sentence_of_the_grammar_is_understood() -> None:
    rules = dict(re.findall(r"^(?:public )?(<\w+>) = ([^;]+);", GRAMMAR, flags=re.MULTILINE))
    rng = random.Random(4)
    sentences = [" ".join(sample("<command>", rules, rng)) for _ in range(3000)]
    assert len(set(sentences)) > 1000
    assert sorted({sentence for sentence in sentences if parse(sentence) is None}) == []


def test_every_word_can_be_pronounced() -> None:
    lines = Path(get_model_path("en-us/cmudict-en-us.dict")).read_text("utf-8").splitlines()
    known = {line.split()[0] for line in lines}
    words = grammar_words(GRAMMAR)
    assert {"kilometers", "what's", "timer"} <= words
    assert not words & {"public", "command", "grammar", "offline"}
    assert words - known == set()
