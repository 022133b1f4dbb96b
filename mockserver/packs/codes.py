"""Error codes of packs. What is wrong with the form of a file has the codes of the strict reader, SCN001 to SCN030."""

from typing import Final

CODES: Final[dict[str, str]] = {
    "PCK001": "A pack uses the name of a value that does not exist, or that does not exist at this place.",
    "PCK002": "A pack names a state that its kind of job does not have.",
    "PCK003": "A pack refers to something that it does not define.",
    "PCK004": "A pattern of a pack is no regular expression, or an alphabet is empty.",
    "PCK005": "The handler of an operation cannot be imported, or is no function.",
    "PCK006": "An era's date is not valid, or the eras are out of order.",
    "PCK007": "The call of an operation is not a method and a path, or lacks what its role needs.",
    "PCK008": "A value of a pack cannot be used at its place.",
    "PCK009": "The states and moves of a kind of job contradict each other.",
    "PCK010": "A pack refuses its own example or default, or the key of its own plays.",
    "PCK020": "A state of a pack cannot be reached.",
    "PCK021": "An error of a pack is never used.",
    "PCK022": "A state has no row in the cancel table.",
    "PCK023": "An era changes nothing.",
    "PCK024": "A state shows nothing: no answer of the pack has a body for it.",
    "PCK025": "A part of a pack is never used.",
    "PCK026": "A value of a pack names a member that nothing has at its place.",
    "PCK027": "Two operations of a pack have the same call, of which only the first is ever reached.",
    "PCK028": "A pack names its vendor otherwise than its file is named.",
    "PCK029": "An alphabet of a pack looks like a misspelt name.",
    "PCK030": "Two errors of a pack answer the same situation, of which only the first is ever used.",
    "PCK031": "An accepted cancel leaves a job in a state that nothing ends.",
}
