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
    en="the solver found no answer that holds ({seen})",
    nl="de rekenbibliotheek vond geen houdbaar antwoord ({seen})",
    next_en="Look for amounts in instruments/comparison_units.csv that differ a million times or more, and bring the"
    " measures to units of a like size.",
    next_nl="Zoek in instruments/comparison_units.csv naar getallen die een miljoen keer of meer verschillen, en breng"
    " de maten op een vergelijkbare grootte.",
)
