"""How long the supervisor waits before it starts a process again."""

from bot.supervisor import FIRST_PAUSE_S, LATER_S, LONGEST_PAUSE_S, STEADY_S, TRY_LATER, Pauses


def test_a_process_that_keeps_dying_is_started_less_and_less_often():
    pauses = Pauses()
    waited = [pauses.after(0.1, 1) for _ in range(8)]
    assert waited == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, LONGEST_PAUSE_S, LONGEST_PAUSE_S]


def test_a_process_that_lived_long_starts_again_at_once():
    pauses = Pauses()
    for _ in range(5):
        pauses.after(0.1, -9)
    assert pauses.after(STEADY_S + 1, -9) == FIRST_PAUSE_S
    assert pauses.after(0.1, -9) == 2 * FIRST_PAUSE_S


def test_who_finds_somebody_in_the_way_comes_back_much_later():
    assert LATER_S[0] <= Pauses().after(0.1, TRY_LATER) <= LATER_S[1]
