"""What ``make bench`` measures: real Salt, the library, and a simulated node. It writes docs/performance.md."""
