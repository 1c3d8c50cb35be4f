"""The recogniser's grammar against the parser and the dictionary: whatever it can hear must mean something."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pocketsphinx import get_model_path

from antiphon.providers.offline.grammar import GRAMMAR
from antiphon.providers.offline.intents import parse
from antiphon.providers.offline_workers.recognition import grammar_words


@dataclass
class Node:
    """A place in a rule: one of several sequences of words, <rules> and further nodes; ``optional`` for [these]."""

    choices: "list[list[str | Node]]"
    optional: bool = False


def tree(tokens: Iterator[str], *, optional: bool = False) -> Node:
    node = Node([[]], optional)
    for token in tokens:
        if token in ")]":
            break
        if token == "|":
            node.choices.append([])
        else:
            node.choices[-1].append(tree(tokens, optional=token == "[") if token in "([" else token)
    return node


def sample(node: Node, rules: dict[str, Node], rng: random.Random) -> list[str]:
    if node.optional and rng.random() < 0.5:
        return []
    words: list[str] = []
    for part in rng.choice(node.choices):
        if isinstance(part, Node) or part in rules:
            words += sample(part if isinstance(part, Node) else rules[part], rules, rng)
        else:
            words.append(part)
    return words


def test_every_sentence_of_the_grammar_is_understood() -> None:
    bodies = re.findall(r"^(?:public )?(<\w+>) = ([^;]+);", GRAMMAR, flags=re.MULTILINE)
    rules = {name: tree(iter(re.findall(r"<\w+>|[()\[\]|]|[a-z']+", body))) for name, body in bodies}
    rng = random.Random(4)
    sentences = [" ".join(sample(rules["<command>"], rules, rng)) for _ in range(10_000)]
    assert len(set(sentences)) > 1000
    assert sorted({sentence for sentence in sentences if parse(sentence) is None}) == []


def test_every_word_can_be_pronounced() -> None:
    lines = Path(get_model_path("en-us/cmudict-en-us.dict")).read_text("utf-8").splitlines()
    known = {line.split()[0] for line in lines}
    words = grammar_words(GRAMMAR)
    assert {"kilometers", "what's", "timer"} <= words
    assert not words & {"public", "command", "grammar", "offline"}
    assert words - known == set()
