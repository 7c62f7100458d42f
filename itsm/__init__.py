"""The vocabulary every room shares: records, states, clocks, figures and errors. Pure, no I/O."""
