"""The figure by which this series compares machines: a small training step.

    python benchmarks/probe.py

64 pictures, three layers, one thread, a clock that stops while others have the
processor; the best of many. Times scale with it: where it says twice as much, a lesson
takes about twice as long. BENCHMARKS tells which of its columns is that of a machine.
"""

from _common import machine


def main():
    found = machine()
    print(f"{found['processor']}, {found['cores']} cores, {found['capability']}")
    for which, milliseconds in found["probe_ms"].items():
        print(f"{which}: {milliseconds:.1f} ms")
    print(f"trains in {found['precision']}")


if __name__ == "__main__":
    main()
