"""False-discovery control over many tests, by groups whose members are not alike beforehand."""

from dataclasses import dataclass

import numpy as np

from reports.measures.data import Flags, Numbers, Texts


@dataclass(frozen=True, slots=True)
class Asked:
    """Tests beside each other; arrays are parallel.

    `is_empty` says that nothing at all was counted, `p_empty` how likely that is where nothing is
    the matter: empty windows tell how many of the tests have nothing to find.
    """

    p: Numbers
    is_empty: Flags
    p_empty: Numbers

    def only(self, kept: Flags) -> "Asked":
        """The tests that a mask keeps."""
        return Asked(self.p[kept], self.is_empty[kept], self.p_empty[kept])

    def idle_share(self) -> float:
        """About how many of the tests have nothing to find, and never fewer than are likely."""
        likely = max(float(self.p_empty.sum()), 1e-9)
        return min((float(self.is_empty.sum()) + 1.0) / likely, 1.0)


def discovery_rates(p: Numbers) -> Numbers:
    """The false-discovery rate at which each test is called a discovery.

    Source:
        Benjamini & Hochberg 1995.
    """
    n = len(p)
    order = np.argsort(p, kind="stable")
    raised = p[order] * n / np.arange(1, n + 1)
    rates = np.empty(n)
    rates[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1.0)
    return rates


def grouped_rates(tests: Asked, group: Texts) -> Numbers:
    """Discovery rates within each group, weighed by how little there is to find in it.

    A group of which fewer tests than usual have nothing to find bears a higher p, and another a
    lower one. A single group, or groups that are alike, are as strict as the plain control.

    Source:
        Sun, Craiu, Paterson & Bull 2006 (strata); Hu, Zhao & Zhou 2010 (weights of groups). The
        share with nothing to find is told from empty windows, as most p of rare events are 1.
    """
    rates = np.ones(len(tests.p))
    usual = tests.idle_share() if len(rates) else 1.0
    for name in sorted(set(group)):
        own = np.asarray(group == name)
        chosen = tests.only(own)
        rates[own] = discovery_rates(chosen.p) * (chosen.idle_share() / usual)
    return np.asarray(np.minimum(rates, 1.0), dtype=np.float64)
