"""The whole stack of a generated project, in a real container engine.

Needs docker with Compose. Without a registry, stand-ins for the images are built by the script that
``STAND_INS`` names (it takes the images' names).
"""
