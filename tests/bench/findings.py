"""Figures of a storm as a table, and whether they meet the aims."""

from dataclasses import dataclass, field
from statistics import median

# Times Mosquitto's processor time for the same packets; a signature less makes TLS 1.2 the harder one for anything on top.
CPU_AIM = {"1.3": 1.0, "1.2": 1.1}
HELD_AIM_KIB = 20.0
IDLE_AIM_MIB = 15.0


@dataclass
class Series:
    """The rounds of one kind of visit."""
    name: str
    rounds: list = field(default_factory=list)

    def of(self, figure: str) -> float:
        return median(r[figure] for r in self.rounds)

    def ratio(self, other: "Series") -> float:
        """Median over the rounds, each beside its neighbour in time."""
        return median(mine["micros"] / theirs["micros"] for mine, theirs in zip(self.rounds, other.rounds))


def table(tls: str, echo: Series, others: list) -> str:
    lines = [f"TLS {tls}, full handshakes     CPU µs/visit   x Mosquitto   least..most µs   visits/s    p50 ms    p99 ms"]
    for series in [echo, *others]:
        micros = [r["micros"] for r in series.rounds]
        lines.append(f"  {series.name:<26} {series.of('micros'):>9.0f} {series.ratio(echo):>13.2f} "
                     f"{min(micros):>11.0f}..{max(micros):<6.0f} {series.of('perSecond'):>6.0f} {series.of('p50'):>9.1f} "
                     f"{series.of('p99'):>9.1f}")
    return "\n".join(lines)


class Verdict:
    """PASS or FAIL line by line."""

    def __init__(self):
        self.met = True

    def judge(self, what: str, figure: float, aim: float, unit: str):
        good = figure <= aim
        self.met = self.met and good
        print(f"{'PASS' if good else 'FAIL'}  {what}: {figure:.2f} {unit} (at most {aim:.2f})")
