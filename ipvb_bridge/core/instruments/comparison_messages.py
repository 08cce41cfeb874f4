"""Messages of the comparison (M110-M119): why no true answer can be given."""

from __future__ import annotations

from ipvb_bridge.base.messages import message

NO_SETTINGS = message(
    "M110",
    en="method.toml does not say how units are compared",
    nl="in method.toml staat niet hoe eenheden worden vergeleken",
    next_en="Add [instruments.comparison] with returns, bandwidth, inputs and outputs; none of them has an official"
    " value. docs/instrumenten/comparison.md shows an example.",
    next_nl="Zet [instruments.comparison] met returns, bandwidth, inputs en outputs in method.toml; voor geen ervan"
    " bestaat een officiële waarde. docs/instrumenten/comparison.md geeft een voorbeeld.",
)
UNKNOWN_MEASURE = message(
    "M111",
    en="[instruments.comparison] names measures that no unit has: {listed}; known are: {known}",
    nl="[instruments.comparison] noemt maten die geen enkele eenheid heeft: {listed}; bekend zijn: {known}",
    next_en="Correct the name in method.toml, or add rows with this measure to instruments/comparison_units.csv.",
    next_nl="Verbeter de naam in method.toml, of zet regels met deze maat in instruments/comparison_units.csv.",
)
NOT_SOLVED = message(
    "M112",
    en="the comparison comes to no answer ({seen})",
    nl="de vergelijking komt niet tot een antwoord ({seen})",
    next_en="Look for amounts in instruments/comparison_units.csv that are far too large or too small, correct them and"
    " run the command again; if none are, report this with the file.",
    next_nl="Zoek in instruments/comparison_units.csv naar getallen die veel te groot of te klein zijn, verbeter ze en"
    " geef de opdracht opnieuw; zijn die er niet, meld dit dan met het bestand.",
)
