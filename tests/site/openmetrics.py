"""A strict reader of OpenMetrics 1.0 text: what a collector would refuse is an error here. Only what we write is known:
counters, gauges and histograms, without timestamps and exemplars."""

import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"'
SAMPLE = re.compile(rf"({NAME})(?:\{{((?:{LABEL})(?:,(?:{LABEL}))*)\}})? (-?[0-9.e+-]+|NaN|[+-]Inf)")
SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}


def read(text: str) -> dict:
    """Samples as {"name{label=value,...}": number}; ValueError where the text is wrong."""
    if not text.endswith("# EOF\n") or text.count("# EOF") != 1:
        raise ValueError("does not end in one # EOF")
    samples, families, family, kind = {}, {}, None, None
    for line in text.splitlines()[:-1]:
        if line.startswith("# "):
            word, name, rest = (line[2:].split(" ", 2) + [""])[:3]
            if word == "TYPE":
                if name in families or rest not in SUFFIXES or not re.fullmatch(NAME, name):
                    raise ValueError(f"a second or unknown family: {line}")
                if rest == "counter" and name.endswith("_total"):
                    raise ValueError(f"the name of a counter's family has no _total: {line}")
                family, kind = name, rest
                families[name] = rest
            elif word != "HELP" or name != family:
                raise ValueError(f"metadata out of place: {line}")
            continue
        match = SAMPLE.fullmatch(line)
        if not match:
            raise ValueError(f"no sample: {line!r}")
        name, labels = match[1], match[2] or ""
        if name not in [family + suffix for suffix in SUFFIXES[kind]]:
            raise ValueError(f"not of the family {family}: {line}")
        pairs = [(m[1], m[2]) for m in re.finditer(LABEL, labels)]
        if len(dict(pairs)) != len(pairs):
            raise ValueError(f"a label twice: {line}")
        key = name + ("{" + ",".join(f"{k}={v}" for k, v in sorted(pairs)) + "}" if pairs else "")
        if key in samples:
            raise ValueError(f"a sample twice: {line}")
        samples[key] = float(match[match.lastindex])
        if kind == "counter" and samples[key] < 0:
            raise ValueError(f"a negative counter: {line}")
    return samples
