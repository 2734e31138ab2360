"""Checks of what runs MicroLearn in containers: k8s/, compose.yaml and the Dockerfile.

`tools` gets pinned tools, `facts` reads from the program's source what must be true, `render` makes
objects of the overlays and holds them to the schemas, `cluster` and `hardening` hold them to each
other and to the facts, `containers` looks at the Dockerfile and compose.yaml, and `mistakes` makes
sure that all of them see what they are there for. Checks yield problems as sentences.
"""
