"""What English says without reporting it, and what sounds alike but is a report."""

import pytest

from bot.triage import Level

TOLD = [
    "operated in 2015, leg numb since yesterday",
    "my wound has been leaking since my hip surgery last year",
    "the nurse said the wound is infected",
    "I'm embarrassed to say I wet myself",
    "I hope this is nothing, my wound is leaking",
    "my oxygen says 86 on the app and I can't breathe",
    "should I call you for a leaking wound",
    "would you look at my leaking wound please",
    "I'm a man aged 74 and I can't pee",
    "took my late husband's morphine, the whole bottle",
    "I could have wet myself with fear, no, I actually wet myself",
    "I lost my balance at the bank and fell",
    "she is muddled and mixes up names",
    "he keeps confusing me with his sister",
    "my leg fell asleep and it hasn't come back",
    "no fever or chills but the scar is weeping",
    "no pain, no swelling, my foot just drops",
    "my workmate drove me here, I can't feel my legs",
    "my friend had back surgery with you on Monday and he can't feel his foot",
    "no headache lying down, sitting up it's terrible",
    "fever leaflet in hand, I have 38.9",
    "what scares me is that my leg has gone dead",
    "I read the leaflet and my wound is red and hot like it says",
    "the card says call if both legs are weak and now mine are",
    "had sciatica for years but now my foot drops",
    "never had a seizure before but he was shaking and unresponsive",
    "my mum fell on the stairs yesterday and hit her back",
    "grandad had his op on Friday and he is confused",
    "the screw in my back feels loose",
    "I'm worried the wound is infected, it smells",
    "bleeding won't stop, hope it isn't serious",
    "stitches came out and it's gaping",
    "no urine since the catheter came out",
    "I have had no wee all day",
    "had a fit over breakfast, shaking all over",
    "sick of living like this, I want to die",
    "my phone keeps falling out of my hand",
    "I don't have any feeling in my bottom",
    "as I told you on the phone the pain is unbearable today",
    "is it normal my leg is weaker than before surgery",
]

NOT_TOLD = [
    "haven't had any tingling so far",
    "no sign of infection according to the district nurse",
    "I haven't noticed any leaking or bleeding, when can I swim",
    "not had a single fever, no chills either",
    "I don't get any headaches or dizziness, can I fly",
    "no weakness, numbness or bladder trouble, just want my discharge letter",
    "what if I get a fever on holiday",
    "should the wound open at night, who do I ring?",
    "if by chance my leg went numb later on, would I ring the ward",
    "what are the chances of paralysis",
    "how often does a clot happen after spine surgery",
    "how long does numbness last after an epidural",
    "can the operation leave you with a weak leg",
    "the booklet says to ring if there is redness or pus, is it the daytime number",
    "your website lists chest pain and breathlessness, is that page up to date",
    "the leaflet mentions foot drop, what does it mean",
    "on page 6 it says call an ambulance if you cannot feel your legs, I just want a bigger print",
    "a colleague had a stroke after his operation, made me nervous",
    "my cousin's wound leaked for weeks when she had hers",
    "a woman on the radio was paralysed by her surgery",
    "my uncle fell down the stairs in 1994, is that hereditary",
    "a guy at the gym told me his leg went dead after a disc op",
    "my ex wife had a blood clot once",
    "I had a seizure as a child, none since",
    "had a clot in my leg in 1998, treated and gone",
    "when I was twelve I broke my arm and it went numb",
    "back in the 80s I had meningitis",
    "I'm terrified of ending up incontinent",
    "scared they'll hit a nerve and I'll be paralysed",
    "my worst fear is waking up unable to move",
    "dreading a blood clot on the plane",
    "I have nightmares about never walking again",
    "hoping I won't get an infection",
    "will the operation cure my sciatica or just help",
    "my leg pain is the usual one, which is why I'm having the op",
    "same sciatica as always, do I still come on Monday",
    "the coffee machine is leaking in the waiting room",
    "the traffic was murder",
    "I nearly fell off my chair laughing at your leaflet",
    "my heart skipped a beat when I saw the bill",
    "my phone died so I missed your call",
    "the kids are doing my head in",
    "I fell out with my insurer",
    "this website is driving me mad",
    "my son has a cold and can't visit, is that ok",
    "my legs are strong again, walked two miles",
    "no more numbness, feeling came back fully",
    "wound has healed beautifully, no scab left",
    "bladder fine, bowels fine, no complaints",
    "slept all night, pain is gone",
    "is a fever normal for toddlers after vaccines, off topic sorry",
    "which painkillers are strongest in general",
    "do you check for infection before discharge",
    "do I need blood tests before the op",
    "how do surgeons stop the bleeding during the operation",
    "can I take a hot bath after four weeks",
    "when do the staples come out",
    "is swelling common after fusion",
    "will the scar be red for long",
    "how red is a normal scar",
    "my dog had a seizure last year",
    "my brother choked on a fishbone at Christmas years ago",
]


@pytest.mark.parametrize("text", TOLD)
def test_a_report_in_a_disguising_frame_escalates(triage, text):
    assert triage.decide(text).level >= Level.URGENT


@pytest.mark.parametrize("text", NOT_TOLD)
def test_a_frame_that_reports_nothing_does_not_escalate(triage, text):
    assert triage.decide(text).level < Level.URGENT


def test_foreign_conjunctions_do_not_cut_an_english_list(triage):
    # French "or" opens a clause, English "or" goes on with the denial
    assert triage.decide("no chest pain or breathlessness").level is Level.NONE
    assert triage.decide("no chest pain but breathlessness").level is Level.EMERGENCY
