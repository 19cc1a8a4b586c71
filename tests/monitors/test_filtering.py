"""The filter of a strategy keeps the items that it asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.exceptions import InvalidStrategy
from monitors.filtering import OPERATORS, UNARY, filter_items, parse_filter_config

LAMP = {"title": "Lamp", "price": "$1,299.00", "tags": ["New", "Sale"], "stock": True}
CHAIR = {"title": "Chair", "price": 40, "offer": {"price": "35 €"}, "note": ""}


def keep(*conditions, mode="all"):
    config = {"mode": mode, "conditions": list(conditions)}
    return [item["title"] for item in filter_items([LAMP, CHAIR], config)]


def condition(field, operator, value=None, **further):
    return {"field": field, "operator": operator, "value": value, **further}


KEPT = [
    pytest.param(condition("title", "contains", "AMP"), ["Lamp"], id="contains"),
    pytest.param(condition("title", "not_contains", "amp"), ["Chair"], id="not"),
    pytest.param(condition("title", "equals", "lamp"), ["Lamp"], id="equals"),
    pytest.param(condition("stock", "equals", "true"), ["Lamp"], id="boolean"),
    pytest.param(condition("stock", "equals", True), ["Lamp"], id="true itself"),
    pytest.param(condition("price", "equals", 40), ["Chair"], id="number"),
    pytest.param(condition("title", "not_equals", "Lamp"), ["Chair"], id="not equals"),
    pytest.param(condition("title", "regex_match", "^l.mp$"), ["Lamp"], id="pattern"),
    pytest.param(condition("note", "exists"), [], id="empty is not there"),
    pytest.param(condition("note", "not_exists"), ["Lamp", "Chair"], id="missing too"),
    pytest.param(condition("price", "gt", "50"), ["Lamp"], id="more"),
    pytest.param(condition("price", "lt", 1_300), ["Lamp", "Chair"], id="less"),
    pytest.param(condition("title", "gt", "5"), [], id="no number"),
    pytest.param(condition("offer.price", "lt", "36"), ["Chair"], id="path"),
    pytest.param(condition("tags", "equals", "sale"), ["Lamp"], id="one of a list"),
    pytest.param(condition("tags", "not_contains", "sale"), ["Chair"], id="none of it"),
]


@pytest.mark.parametrize(("each", "titles"), KEPT)
def test_one_condition(each, titles):
    assert keep(each) == titles


def test_case_counts_when_asked():
    exact = {"case_sensitive": True}

    assert keep(condition("title", "contains", "lamp", **exact)) == []
    assert keep(condition("title", "equals", "Lamp", **exact)) == ["Lamp"]
    assert keep(condition("title", "regex_match", "^l", **exact)) == []


def test_all_or_any():
    both = (condition("title", "equals", "lamp"), condition("price", "lt", "50"))

    assert keep(*both) == []
    assert keep(*both, mode="any") == ["Lamp", "Chair"]


@pytest.mark.parametrize("config", [None, {}, {"mode": "any", "conditions": []}])
def test_nothing_asked_keeps_everything(config):
    assert len(filter_items([LAMP, CHAIR], config)) == 2


REFUSED = [
    pytest.param(["x"], id="list"),
    pytest.param("price > 5", id="text"),
    pytest.param({"conditions": {}}, id="no list"),
    pytest.param({"mode": "most", "conditions": []}, id="mode"),
    pytest.param({"conditions": [5]}, id="no condition"),
    pytest.param({"conditions": [{"operator": "exists"}]}, id="no field"),
    pytest.param({"conditions": [condition("a", "like", "x")]}, id="operator"),
    pytest.param({"conditions": [condition("a", "equals")]}, id="no value"),
    pytest.param({"conditions": [condition("a", "equals", [1])]}, id="list as value"),
    pytest.param({"conditions": [condition("a", "gt", "dear")]}, id="no number"),
    pytest.param({"conditions": [condition("a", "regex_match", "(")]}, id="pattern"),
    pytest.param({"conditions": [condition("a", "exists")] * 51}, id="too many"),
]


@pytest.mark.parametrize("config", REFUSED)
def test_refused_with_a_sentence(config):
    with pytest.raises(InvalidStrategy) as refused:
        parse_filter_config(config)

    assert refused.value.message.endswith((".", "}]}."))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(
    item=st.dictionaries(st.sampled_from(["a", "b"]), JSON),
    operator=st.sampled_from(OPERATORS),
)
def test_any_item_is_judged_and_negations_are_opposites(item, operator):
    def judge(name):
        wanted = {"conditions": [condition("a", name, "5")]}
        return bool(filter_items([item], wanted))

    if f"not_{operator}" in OPERATORS:
        assert judge(operator) != judge(f"not_{operator}")
    else:
        assert judge(operator) in (True, False)
    assert set(OPERATORS) >= UNARY
