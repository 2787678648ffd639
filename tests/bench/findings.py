"""Figures of a storm as a table, and whether they meet the aims."""

from dataclasses import dataclass, field
from statistics import median

from servers import Way

# Times Mosquitto's processor time for the same packets, of leaves with tokens and full handshakes, for which a gateway is
# sized; a signature less makes TLS 1.2 the harder one for anything on top. All else is told, not judged.
CPU_AIM = {"1.3": 1.0, "1.2": 1.1}
HELD_AIM_KIB = 20.0
IDLE_AIM_MIB = 15.0


@dataclass
class Series:
    """The rounds of one kind of visit, the echo that it stands beside, and which block of a round's ids is its own."""
    name: str
    way: Way
    echo: "Series" = None
    block: int = 0
    rounds: list = field(default_factory=list)

    def of(self, figure: str) -> float:
        return median(r[figure] for r in self.rounds)

    def ratio(self) -> float:
        """Median over the rounds, each beside its neighbour in time."""
        return median(mine["micros"] / theirs["micros"] for mine, theirs in zip(self.rounds, (self.echo or self).rounds))


def table(title: str, every: list) -> str:
    lines = [f"{title:<42} CPU µs   x Mosquitto   least..most µs   visits/s    p50 ms    p99 ms"]
    for series in every:
        micros = [r["micros"] for r in series.rounds]
        handshake = "resumed" if series.way.resumed else "full"
        lines.append(f"  {handshake:<8} {series.way.credential:<5} {series.name:<25} {series.of('micros'):>6.0f} "
                     f"{series.ratio():>13.2f} {min(micros):>9.0f}..{max(micros):<6.0f} {series.of('perSecond'):>8.0f} "
                     f"{series.of('p50'):>9.1f} {series.of('p99'):>9.1f}")
    return "\n".join(lines)


class Verdict:
    """PASS or FAIL line by line."""

    def __init__(self):
        self.met = True

    def judge(self, what: str, figure: float, aim: float, unit: str):
        self.tell(figure <= aim, f"{what}: {figure:.2f} {unit} (at most {aim:.2f})")

    def tell(self, good: bool, what: str):
        self.met = self.met and good
        print(f"{'PASS' if good else 'FAIL'}  {what}", flush=True)
