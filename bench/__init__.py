"""The benchmarks behind every figure in the README: Prism beside the SQL that nobody can beat."""
