"""How hard a text is to read: the Flesch-Kincaid grade (Kincaid et al. 1975), whose grade 6 is an age of about 11."""

import re

AGE_OF_11 = 6.0

SILENT = re.compile(r"(?:[^laeiouycgsxzh]es|[^aeiouytd]ed|[^laeiouy]e)$")
PARTED = re.compile(r"ia(?!l$)|io(?!u|n)|[^q]ua(?=[^rl])|ism$|[aeiouy]ing$")
EXCEPTIONS = {"area": 3, "idea": 2, "ideas": 3, "quiet": 2, "science": 2, "uses": 2}


def syllables(word: str) -> int:
    """Groups of vowels, less silent endings, more where two vowels part."""
    word = re.sub(r"[^a-z]", "", word.lower())
    if word in EXCEPTIONS or len(word) <= 3:
        return EXCEPTIONS.get(word, 1)
    stem = SILENT.sub("", word)
    groups = len(re.findall(r"[aeiouy]+", stem))
    return max(1, groups + len(PARTED.findall(word)))


def grade(text: str) -> float:
    """0.39 words a sentence + 11.8 syllables a word - 15.59."""
    sentences = [each for each in re.split(r"[.!?:]+(?:\s|$)", text) if re.search(r"[A-Za-z]", each)]
    words = re.findall(r"[A-Za-z][A-Za-z’'-]*", text)
    counted = sum(syllables(part) for word in words for part in word.split("-"))
    return 0.39 * len(words) / len(sentences) + 11.8 * counted / len(words) - 15.59
