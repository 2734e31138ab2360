"""Real servers on this machine, without root and without containers.

`fetch` gets the binaries, one module a server says how it is started and when it answers,
`supervisor` keeps them running, `client` asks a running supervisor for something. Standard library
only; Linux only, because servers die with their supervisor by a signal of the kernel's.
"""
